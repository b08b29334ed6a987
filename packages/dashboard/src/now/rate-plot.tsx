import { useMantineColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Rates } from "../api/types.ts";

const HEIGHT = 120;
const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** Bars, one colour per family, drawn on a canvas. What it shows is also there as a table for who cannot see it. */
export default function RatePlot({ rates }: { rates: Rates }) {
  const place = useRef<HTMLDivElement>(null);
  const { colorScheme } = useMantineColorScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the page, which the scheme changes
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    const plot = new uPlot(options(current.clientWidth, rates), stacked(rates), current);
    const resized = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height: HEIGHT }));
    resized.observe(current);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [rates, colorScheme]);
  const names = Object.keys(rates.families);
  return (
    <>
      <div ref={place} className="rate-plot" aria-hidden />
      <ul className="rate-legend">
        {names.map((name) => (
          <li key={name}>
            <span className={`rate-dot family-${name}`} aria-hidden />
            {name} <span className="muted">{sum(rates.families[name])}</span>
          </li>
        ))}
        {names.length === 0 ? <li className="muted">Nothing happened.</li> : null}
      </ul>
    </>
  );
}

function sum(counts: readonly number[] = []): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Times in seconds, then one series per family, each on top of the next: the tallest is drawn first. */
function stacked({ from, bucketMs, families }: Rates): uPlot.AlignedData {
  const lists = Object.values(families);
  const length = lists[0]?.length ?? 2;
  const times = Array.from({ length }, (_, at) => (from + at * bucketMs) / 1000);
  const tops = lists.map((_, first) => times.map((_, at) => sum(lists.slice(first).map((list) => list[at] ?? 0))));
  return [times, ...(tops.length === 0 ? [times.map(() => 0)] : tops)];
}

function options(width: number, { families }: Rates): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const names = Object.keys(families);
  const bars = uPlot.paths.bars?.({ size: [0.7, 12], align: 1 });
  const axis = {
    stroke: color("muted"),
    font: "11px system-ui, sans-serif",
    ticks: { show: false },
    grid: { stroke: color("line"), width: 1 },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 4, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        space: 60,
        incrs: [3_600, 7_200],
        values: (_plot, ticks) => ticks.map((seconds) => hour.format(seconds * 1000)),
      },
      { ...axis, size: 34, space: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5] },
    ],
    series: [
      {},
      ...(names.length === 0 ? ["line"] : names).map((name) => ({
        fill: color(name),
        stroke: "transparent",
        width: 0,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      })),
    ],
  };
}
