import { useMantineColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Stats } from "../api/types.ts";

const HEIGHT = 120;
const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** One name of the legend, and how many of it there were in each span. */
interface Series {
  readonly name: string;
  readonly color: string;
  readonly counts: readonly number[];
}

/** Bars, one colour per family of events, and a line for deliveries, on a canvas. The legend says it in numbers. */
export default function TrafficPlot({ stats }: { stats: Stats }) {
  const place = useRef<HTMLDivElement>(null);
  const { colorScheme } = useMantineColorScheme();
  const families = useMemo(() => familiesOf(stats), [stats]);
  const deliveries = useMemo(() => deliveriesOf(stats), [stats]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the page, which the scheme changes
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    const times = stats.points.map(({ time }) => time / 1000);
    const data: uPlot.AlignedData = [times, ...stacked(families), [...deliveries.counts]];
    const plot = new uPlot(options(current.clientWidth, stats.step / 1000, families, deliveries), data, current);
    const resized = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height: HEIGHT }));
    resized.observe(current);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [stats, families, deliveries, colorScheme]);
  return (
    <>
      <div ref={place} className="traffic-plot" aria-hidden />
      <ul className="traffic-legend">
        {[...families, deliveries].map(({ name, color, counts }) => (
          <li key={name}>
            <span
              className={name === "deliveries" ? "traffic-dot traffic-line" : "traffic-dot"}
              style={{ background: `var(--${color})` }}
              aria-hidden
            />
            {name} <span className="muted">{sum(counts)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

const known = ["playback", "library", "activity", "settings"];

function familiesOf({ points }: Stats): Series[] {
  const names = [...new Set(points.flatMap(({ events }) => Object.keys(events)))].sort();
  return names.map((name) => ({
    name,
    color: known.includes(name) ? name : "muted",
    counts: points.map(({ events }) => events[name] ?? 0),
  }));
}

function deliveriesOf({ points }: Stats): Series {
  return {
    name: "deliveries",
    color: "live",
    counts: points.map(({ deliveries }) => sum(Object.values(deliveries))),
  };
}

/** Each on top of the next: the tallest is drawn first. */
function stacked(series: readonly Series[]): number[][] {
  return series.map((_, first) => {
    const above = series.slice(first);
    return (above[0]?.counts ?? []).map((_count, at) => sum(above.map(({ counts }) => counts[at] ?? 0)));
  });
}

/** @param step seconds between two points */
function options(width: number, step: number, families: readonly Series[], deliveries: Series): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colorOf = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const bars = uPlot.paths.bars?.({ size: [0.7, 12], align: 1 });
  const axis = {
    stroke: colorOf("muted"),
    font: "11px system-ui, sans-serif",
    ticks: { show: false },
    grid: { stroke: colorOf("line"), width: 1 },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    // To the right there is room for half of the last hour's name.
    padding: [8, 18, 0, 0],
    scales: {
      // The last bar has its width to the right of its time.
      x: { range: (_plot, min, max) => [min, max + step] },
      y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] },
    },
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
      ...families.map(({ color }) => ({
        fill: colorOf(color),
        stroke: "transparent",
        width: 0,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      })),
      { stroke: colorOf(deliveries.color), width: 2, points: { show: false } },
    ],
  };
}
