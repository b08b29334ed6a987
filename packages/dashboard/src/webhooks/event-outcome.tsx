import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { hooksQuery, outcomeQuery } from "./queries.ts";
import { hookName, stateNames } from "./words.ts";
import "./webhooks.css";

/** What became of an event: what each hook was sent of it, or why it was not. */
export default function EventOutcomeView({ eventId }: { eventId: string }) {
  const outcome = useQuery(outcomeQuery(eventId));
  const hooks = useQuery(hooksQuery);
  const nameOf = (id: string) => {
    const hook = hooks.data?.find((one) => one.id === id);
    return hook === undefined ? id : hookName(hook);
  };
  return (
    <Loaded query={outcome} waiting={<Waiting what="what became of it" />}>
      {({ deliveries, notSent, forms }) => (
        <div className="outcome">
          {deliveries.length + notSent.length === 0 ? (
            <Empty icon="webhooks" title="There is no webhook that could have been sent it">
              <Link to="/webhooks/new" className="link">
                Make one
              </Link>
            </Empty>
          ) : null}
          <ul className="outcome-list">
            {deliveries.map(({ id, hookId, event, state }) => (
              <li key={id}>
                <span className={`delivery-state state-${state}`}>{stateNames[state]}</span>
                <Link to={`/webhooks/${hookId}?delivery=${id}`} className="link clip">
                  {nameOf(hookId)}
                </Link>
                <span className="mono muted clip">{event}</span>
              </li>
            ))}
            {notSent.map(({ hookId, event, reason, explanation }) => (
              <li key={`${hookId} ${event} ${reason}`}>
                <span className="delivery-state">Not sent</span>
                <Link to={`/webhooks/${hookId}`} className="link clip">
                  {nameOf(hookId)}
                </Link>
                <span className="muted outcome-why">
                  {event === null ? "" : `${event}: `}
                  {explanation}
                </span>
              </li>
            ))}
          </ul>
          {forms.webhooks.map(({ event, payload }) => (
            <details key={event} className="delivery-payload">
              <summary>
                As <span className="mono">{event}</span>
              </summary>
              <pre className="code">{JSON.stringify(payload)}</pre>
            </details>
          ))}
        </div>
      )}
    </Loaded>
  );
}
