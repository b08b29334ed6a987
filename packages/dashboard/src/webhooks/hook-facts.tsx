import { Button } from "@mantine/core";
import type { Match } from "@reelay/protocol";
import { useQuery } from "@tanstack/react-query";
import { Fact, Panel } from "../ui/panel.tsx";
import { shortSpan, Time } from "../ui/time.tsx";
import { fieldNames, type RowField } from "./filter-rows.ts";
import { healthOf, percent } from "./health.ts";
import { HookLight } from "./hook-light.tsx";
import { LatencyPlot } from "./latency-plot.tsx";
import { newestDeliveriesQuery } from "./queries.ts";
import type { Hook } from "./types.ts";

const formatNames: Readonly<Record<Hook["format"], string>> = { plex: "As Plex", json: "JSON", custom: "My own" };

/** How a hook does, and what it is set to. */
export function HookFacts({ hook, onRotate }: { hook: Hook; onRotate: () => void }) {
  const newest = useQuery(newestDeliveriesQuery(hook.id));
  const deliveries = newest.data ?? [];
  const { rate, failedAt } = healthOf(deliveries);
  const [secret, ...older] = hook.secrets;
  return (
    <div className="hook-facts">
      <Panel title="Health" aside={<HookLight hook={hook} />}>
        <dl className="small">
          <Fact name="Delivered">{rate === undefined ? "nothing yet" : `${percent(rate)} of the newest`}</Fact>
          <Fact name="Last failure">{failedAt === undefined ? "none" : <Time at={failedAt} />}</Fact>
        </dl>
        <div className="hook-latency">
          {deliveries.length === 0 ? null : <p className="muted small">How long the newest took</p>}
          <LatencyPlot deliveries={deliveries} />
        </div>
      </Panel>
      <Panel title="What it is sent">
        <dl className="small">
          <Fact name="Events">{hook.events.length === 0 ? "all" : hook.events.join(", ")}</Fact>
          <Fact name="Only if">{filterText(hook.filter) || "nothing is asked for"}</Fact>
          <Fact name="Format">{formatNames[hook.format]}</Fact>
          <Fact name="Not older than">{ageText(hook)}</Fact>
          <Fact name="Secret">
            <span className="mono">{secret?.masked ?? "none"}</span>{" "}
            <Button variant="subtle" size="compact-xs" onClick={onRotate}>
              New secret…
            </Button>
            {older.map(({ until }) =>
              until === undefined ? null : (
                <span key={until} className="hook-old-secret muted">
                  The one before counts until <Time at={until} as="clock" />
                </span>
              ),
            )}
          </Fact>
        </dl>
      </Panel>
    </div>
  );
}

/** `Player: Living room; not Section: Kids` */
function filterText({ not, ...fields }: Match): string {
  const told = (match: object, before: string) =>
    Object.entries(match).map(
      ([name, value]) => `${before}${fieldNames[name as RowField] ?? name}: ${valueText(name, value)}`,
    );
  const refused = not === undefined ? [] : [not].flat();
  return [...told(fields, ""), ...refused.flatMap((match) => told(match, "not "))].join("; ");
}

function valueText(name: string, value: unknown): string {
  if (name === "local") return value === true ? "in this network" : "somewhere else";
  if (name === "minDuration") return `at least ${shortSpan(Number(value))}`;
  return [value].flat().map(String).join(" or ");
}

function ageText({ maxAge: { live, record }, latestOnly }: Hook): string {
  const text = (age: number | null) => (age === null ? "any age" : shortSpan(age));
  const ages = live === record ? text(live) : `${text(live)} for what plays, ${text(record)} for the rest`;
  return latestOnly ? `${ages}; only the newest of a player` : ages;
}
