import { useMe } from "../shell/me.ts";
import { useTitle } from "../shell/title.ts";
import { PageHead } from "../ui/panel.tsx";
import { ActivityPanel } from "./activity-panel.tsx";
import { HealthPanel } from "./health-panel.tsx";
import { RecentPanel } from "./recent-panel.tsx";
import { SessionsPanel } from "./sessions-panel.tsx";
import { TrafficPanel } from "./traffic-panel.tsx";
import "./now.css";

/** What goes on at this moment. */
export default function NowPage() {
  const { owner } = useMe();
  useTitle("Now");
  return (
    <>
      <PageHead title="Now" />
      <div className={owner ? "now" : "now now-member"}>
        <div className="now-main">
          <SessionsPanel />
          <RecentPanel />
        </div>
        <div className="now-side">
          {owner ? <HealthPanel /> : null}
          <ActivityPanel />
          {owner ? <TrafficPanel /> : null}
        </div>
      </div>
    </>
  );
}
