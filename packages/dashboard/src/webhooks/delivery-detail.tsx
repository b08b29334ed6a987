import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { ask } from "../api/client.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon } from "../ui/icons.tsx";
import { Loaded, Waiting } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { deliveryQuery } from "./queries.ts";
import type { Attempt, RecordedDelivery } from "./types.ts";
import { Waterfall } from "./waterfall.tsx";

/** One delivery: each attempt with request, answer and times, and what was sent. */
export function DeliveryDetail({ id }: { id: string }) {
  const delivery = useQuery(deliveryQuery(id));
  return (
    <div className="delivery-detail">
      <Loaded query={delivery} waiting={<Waiting what="the delivery" />}>
        {(data) => <DeliveryFacts delivery={data} />}
      </Loaded>
    </div>
  );
}

function DeliveryFacts({ delivery }: { delivery: RecordedDelivery }) {
  const { id, eventId, record, payload, expiresAt, state } = delivery;
  const client = useQueryClient();
  const { say, fail } = useFeedback();
  const resend = async () => {
    try {
      await ask(`/api/v1/deliveries/${id}/resend`, { method: "POST" });
      say("It is being sent again.");
      await client.invalidateQueries({ queryKey: ["deliveries"] });
    } catch (error) {
      fail(error);
    }
  };
  const longest = Math.max(1, ...record.map(({ timings }) => timings.total));
  return (
    <>
      <div className="delivery-actions small">
        <span className="mono muted clip">{id}</span>
        {eventId === null ? null : (
          <Link to={`/events?event=${eventId}`} className="link">
            The event
          </Link>
        )}
        {expiresAt !== null && state === "waiting" ? (
          <span className="muted">
            expires <Time at={expiresAt} as="clock" />
          </span>
        ) : null}
        <Button
          variant="default"
          size="xs"
          ml="auto"
          leftSection={<Icon name="send" size={14} />}
          onClick={() => void resend()}
        >
          {state === "waiting" ? "Send it now" : "Send it again"}
        </Button>
      </div>
      {record.length === 0 ? <p className="muted small">It was not tried.</p> : null}
      <ol className="attempts">
        {record.map((attempt) => (
          <AttemptView key={`${attempt.number} ${attempt.at}`} attempt={attempt} longest={longest} />
        ))}
      </ol>
      <details className="delivery-payload">
        <summary>Payload</summary>
        <pre className="code">{JSON.stringify(payload, null, 2)}</pre>
      </details>
    </>
  );
}

function AttemptView({ attempt, longest }: { attempt: Attempt; longest: number }) {
  const { number, at, status, error, message, request, answer, timings } = attempt;
  return (
    <li className="attempt">
      <div className="attempt-head">
        <strong>Attempt {number}</strong>
        <span className={`attempt-status ${error === null ? "state-delivered" : "state-expired"}`}>
          {status ?? "No answer"}
        </span>
        <span className="muted small clip">{[error, message].filter(Boolean).join(" · ")}</span>
        <span className="muted small delivery-time">
          <Time at={at} as="clock" />
        </span>
      </div>
      <Waterfall timings={timings} longest={longest} />
      <div className="attempt-sides">
        {request === null ? null : (
          <details>
            <summary>
              Request: {request.method} {request.origin}, {request.bytes} bytes
            </summary>
            <pre className="code">{request.headers.map(([name, value]) => `${name}: ${value}`).join("\n")}</pre>
          </details>
        )}
        {answer === null ? null : (
          <details>
            <summary>Answer</summary>
            <pre className="code">
              {Object.entries(answer.headers)
                .map(([name, value]) => `${name}: ${value}`)
                .join("\n")}
              {answer.body === "" ? "" : `\n\n${answer.body}${answer.cut ? " …" : ""}`}
            </pre>
          </details>
        )}
      </div>
    </li>
  );
}
