import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { eventPage } from "../api/queries.ts";
import { familyOf } from "../events/event-types.ts";
import { describe } from "../events/event-words.ts";
import { Panel } from "../ui/panel.tsx";
import { Loaded, Skeletons } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import "../events/event-type.css";

/** The newest of what happened to it. */
export function ItemEvents({ id }: { id: string }) {
  const events = useQuery({
    queryKey: ["item", id, "events"],
    queryFn: ({ signal }) => eventPage({ item: Number(id) }, undefined, 8, signal),
  });
  return (
    <Panel
      title="What happened"
      aside={
        <Link to={`/events?item=${id}`} className="link">
          All events
        </Link>
      }
    >
      <Loaded query={events} waiting={<Skeletons count={4} className="row-skeleton" />}>
        {({ events: newest }) =>
          newest.length === 0 ? (
            <p className="muted small">Nothing that is kept.</p>
          ) : (
            <ul className="item-events">
              {newest.map((event) => (
                <li key={event.id}>
                  <Link to={`/events?item=${id}&event=${event.id}`} className="item-event">
                    <span className={`event-type event-type-${familyOf(event.type)}`}>{event.type}</span>
                    <span className="clip">{describe(event).text}</span>
                    <span className="muted">{event.time === null ? "" : <Time at={event.time} />}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
