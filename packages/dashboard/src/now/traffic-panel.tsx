import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { statsQuery } from "../api/queries.ts";
import { Panel } from "../ui/panel.tsx";
import { Loaded } from "../ui/states.tsx";

const TrafficPlot = lazy(() => import("./traffic-plot.tsx"));

/** How much happened in the last hours, and how much of it was sent to hooks. */
export function TrafficPanel() {
  const stats = useQuery(statsQuery);
  return (
    <Panel title="The last 6 hours">
      <div className="traffic-place">
        <Loaded query={stats} waiting={null}>
          {(data) => (
            <Suspense fallback={null}>
              <TrafficPlot stats={data} />
            </Suspense>
          )}
        </Loaded>
      </div>
    </Panel>
  );
}
