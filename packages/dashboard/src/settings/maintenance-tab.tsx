import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { ask } from "../api/client.ts";
import { activitiesQuery, butlerQuery, eventPage } from "../api/queries.ts";
import type { ButlerTask } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Panel } from "../ui/panel.tsx";
import { Loaded, Skeletons, Waiting } from "../ui/states.tsx";
import { byteSize, Time } from "../ui/time.tsx";

/** As many as there are, so that nothing moves when they come. */
const TASKS = 5;

/** What the server does by itself at night, and its backups. */
export function MaintenanceTab() {
  const tasks = useQuery(butlerQuery);
  return (
    <>
      <Panel
        title="Tasks"
        flush
        aside={
          <Link to="/settings/preferences" className="link">
            When they run
          </Link>
        }
      >
        <Loaded query={tasks} waiting={<Skeletons count={TASKS} className="task-skeleton" />}>
          {(all) => (
            <ul className="preferences">
              {all.map((task) => (
                <TaskRow key={task.name} task={task} />
              ))}
            </ul>
          )}
        </Loaded>
      </Panel>
      <Backups />
    </>
  );
}

function TaskRow({ task: { name, title, description, enabled, interval } }: { task: ButlerTask }) {
  const { say, fail } = useFeedback();
  const activities = useQuery(activitiesQuery);
  const running = activities.data?.some((activity) => activity.title === title) ?? false;
  const act = (method: "POST" | "DELETE", done: string) =>
    ask(`/butler/${name}`, { method }).then(() => say(done), fail);
  return (
    <li className="preference">
      <div>
        <p className="preference-label">{title}</p>
        <p className="muted small">
          {description} {enabled ? (interval === 1 ? "Daily." : `Every ${interval} days.`) : "Only by hand."}
        </p>
      </div>
      {running ? (
        <Button variant="default" size="sm" onClick={() => void act("DELETE", `${title}: stopped.`)}>
          Stop
        </Button>
      ) : (
        <Button
          variant="default"
          size="sm"
          aria-label={`Run now: ${title}`}
          onClick={() => void act("POST", `${title}: begun.`)}
        >
          Run now
        </Button>
      )}
    </li>
  );
}

function Backups() {
  const made = useQuery({
    queryKey: ["health", "backups"],
    queryFn: ({ signal }) => eventPage({ type: "database.backed-up" }, undefined, 10, signal),
  });
  return (
    <Panel title="Backups made">
      <Loaded query={made} waiting={<Waiting what="backups" />}>
        {({ events: all }) => {
          // Of another server it is only known that it has made one.
          const events = all.filter(({ facts }) => facts.file !== undefined);
          return events.length === 0 ? (
            <p className="muted small">None that the log still knows of.</p>
          ) : (
            <ul className="rows">
              {events.map(({ id, facts, time }) => (
                <li key={id}>
                  <span className="mono clip">{String(facts.file)}</span>
                  <span className="muted">{byteSize(Number(facts.bytes))}</span>
                  <span className="muted">{time === null ? null : <Time at={time} />}</span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      <p className="muted small backups-note">
        <code className="mono">reelay restore</code> puts one back, while the server does not run.
      </p>
    </Panel>
  );
}
