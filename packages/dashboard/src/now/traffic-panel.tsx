import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { ratesQuery } from "../api/queries.ts";
import { Panel } from "../ui/panel.tsx";
import { Loaded } from "../ui/states.tsx";

const RatePlot = lazy(() => import("./rate-plot.tsx"));

/** How much happened in the last hours. */
export function TrafficPanel() {
  const rates = useQuery(ratesQuery);
  return (
    <Panel
      title="Events in the last 6 hours"
      aside={rates.data === undefined ? undefined : `${totalOf(rates.data.families)}`}
    >
      <div className="rate-place">
        <Loaded query={rates} waiting={null}>
          {(data) => (
            <Suspense fallback={null}>
              <RatePlot rates={data} />
            </Suspense>
          )}
        </Loaded>
      </div>
    </Panel>
  );
}

function totalOf(families: Readonly<Record<string, readonly number[]>>): number {
  return Object.values(families)
    .flat()
    .reduce((sum, count) => sum + count, 0);
}
