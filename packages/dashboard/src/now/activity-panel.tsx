import { ActionIcon } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../api/client.ts";
import { activitiesQuery } from "../api/queries.ts";
import type { Activity } from "../api/types.ts";
import { useBatches } from "../live/live-context.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { Loaded, Skeletons } from "../ui/states.tsx";

/** What the server works at, with the newest progress that the stream told. */
function useActivities() {
  const query = useQuery(activitiesQuery);
  const [told, setTold] = useState<ReadonlyMap<string, Partial<Activity> & { readonly ended?: true }>>(new Map());
  useBatches((events) => {
    const heard = events.filter(({ type }) => type.startsWith("activity."));
    if (heard.length === 0) return;
    setTold((before) => {
      const after = new Map(before);
      for (const { type, facts } of heard) {
        const { uuid, progress, subtitle } = facts as unknown as Activity;
        after.set(uuid, { progress, subtitle, ...(type === "activity.ended" ? { ended: true } : {}) });
      }
      return new Map([...after].slice(-100));
    });
  });
  const data = query.data
    ?.filter(({ uuid }) => told.get(uuid)?.ended !== true)
    .map((activity) => ({ ...activity, ...told.get(activity.uuid) }));
  return { ...query, data };
}

export function ActivityPanel() {
  const activities = useActivities();
  return (
    <Panel title="At work">
      <Loaded query={activities} waiting={<Skeletons count={1} className="activity-skeleton" />}>
        {(running) =>
          running.length === 0 ? (
            <p className="muted small quiet">Nothing. Scans and tasks show up here.</p>
          ) : (
            <ul className="activities">
              {running.map((activity) => (
                <ActivityRow key={activity.uuid} activity={activity} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

function ActivityRow({ activity: { uuid, title, subtitle, progress, cancellable } }: { activity: Activity }) {
  const { fail } = useFeedback();
  const known = progress >= 0;
  const cancel = () => ask(`/activities/${uuid}`, { method: "DELETE" }).catch(fail);
  return (
    <li className="activity">
      <div className="activity-text">
        <span className="clip">{title}</span>
        <span className="muted small">{known ? `${progress} %` : ""}</span>
      </div>
      <span
        className={known ? "bar" : "bar bar-unknown"}
        role="progressbar"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(known ? { "aria-valuenow": progress } : {})}
      >
        <span style={known ? { transform: `scaleX(${progress / 100})` } : undefined} />
      </span>
      <span className="muted small clip activity-sub">{subtitle || "\u00a0"}</span>
      {cancellable ? (
        <ActionIcon
          className="activity-cancel"
          title="Cancel"
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Cancel ${title}`}
          onClick={() => void cancel()}
        >
          <Icon name="close" size={14} />
        </ActionIcon>
      ) : null}
    </li>
  );
}
