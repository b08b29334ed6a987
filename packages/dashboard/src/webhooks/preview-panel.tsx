import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ask } from "../api/client.ts";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { explain } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { bodyOf, type HookDraft } from "./hook-draft.ts";
import type { Preview } from "./types.ts";

const LAST = 500;
const PATIENCE_MS = 400;

/** What the hook, as it stands in the form, would have made of the last events. Nothing is sent. */
export function PreviewPanel({ hookId, draft }: { hookId: string | undefined; draft: HookDraft }) {
  const body = bodyOf(draft);
  // Until there is an address, one that is never asked.
  const given = JSON.stringify({ ...body, url: body.url || "http://127.0.0.1/" });
  const [asked] = useDebouncedValue(given, PATIENCE_MS);
  const preview = useQuery({
    queryKey: ["preview", hookId, asked],
    queryFn: ({ signal }) =>
      hookId === undefined
        ? ask<Preview>("/api/v1/hooks/preview", {
            method: "POST",
            body: { last: LAST, hook: JSON.parse(asked) },
            signal,
          })
        : ask<Preview>(`/api/v1/hooks/${hookId}/preview`, {
            method: "POST",
            body: { last: LAST, change: JSON.parse(asked) },
            signal,
          }),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  const { data, error } = preview;
  return (
    <Panel
      title={`Of the last ${LAST} events`}
      aside={data === undefined ? undefined : `${data.sent} would have been sent`}
      flush
      className="preview"
    >
      {error && !preview.isFetching ? (
        <p className="preview-note small" role="alert">
          {explain(error).title}
        </p>
      ) : data === undefined ? (
        <p className="preview-note muted small">Trying it…</p>
      ) : data.events.length === 0 ? (
        <p className="preview-note muted small">
          Nothing has happened yet that webhooks tell of. Play something, and see here what would be sent.
        </p>
      ) : (
        <ul className="preview-list" aria-live="polite">
          {data.events.map((event) => (
            <PreviewRow key={`${event.eventId} ${event.event}`} event={event} noAddress={body.url === ""} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function PreviewRow({
  event: { event, title, time, send, explanation, request },
  noAddress,
}: {
  event: Preview["events"][number];
  noAddress: boolean;
}) {
  return (
    <li className={send ? "preview-row preview-sent" : "preview-row"}>
      <Icon name={send ? "check" : "close"} size={15} label={send ? "Would be sent" : "Would not be sent"} />
      <span className="clip">
        <span className="mono">{event}</span> {title}
      </span>
      <span className="muted small">
        <Time at={time} as="clock" />
      </span>
      {send ? null : <span className="muted small preview-why">{explanation}</span>}
      {request === undefined ? null : (
        <details className="preview-request">
          <summary>
            {request.method} {noAddress ? "to no address yet" : request.url}
          </summary>
          <pre className="code">{request.body}</pre>
        </details>
      )}
    </li>
  );
}
