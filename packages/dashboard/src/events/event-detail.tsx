import { ActionIcon, Tabs } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { Link } from "wouter";
import type { MediaEvent } from "../api/types.ts";
import { CopyButton } from "../ui/copy.tsx";
import { Icon } from "../ui/icons.tsx";
import { Fact } from "../ui/panel.tsx";
import { Waiting } from "../ui/states.tsx";
import { exactTime } from "../ui/time.tsx";
import { familyOf } from "./event-types.ts";
import { describe } from "./event-words.ts";
import { sseForm, webSocketForm } from "./wire-forms.ts";

const EventOutcome = lazy(() => import("../webhooks/event-outcome.tsx"));

/** One event, opened. */
export function EventDetail({ event, onClose }: { event: MediaEvent; onClose: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const { text, by } = describe(event);
  const itemId = itemOf(event);
  const webSocket = webSocketForm(event);
  const sse = sseForm(event);
  return (
    <aside className="event-detail" aria-label="The event">
      <header className="event-detail-head">
        <span className={`event-type event-type-${familyOf(event.type)}`}>{event.type}</span>
        <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </ActionIcon>
        <h2 ref={heading} tabIndex={-1}>
          {text}
        </h2>
        {by === "" ? null : <p className="muted small">{by}</p>}
      </header>
      <dl className="small">
        <Fact name="When">{event.time === null ? "" : exactTime(event.time)}</Fact>
        <Fact name="About">
          {itemId === undefined ? event.subject : <Link to={`/library/item/${itemId}`}>item {itemId}</Link>}
        </Fact>
        <Fact name="Position">
          <span className="mono">{event.position}</span>
        </Fact>
        <Fact name="Id">
          <span className="mono">{event.id}</span>
        </Fact>
      </dl>
      <Tabs defaultValue="facts" keepMounted={false}>
        <Tabs.List aria-label="Forms of the event">
          <Tabs.Tab value="facts">Facts</Tabs.Tab>
          <Tabs.Tab value="websocket">WebSocket</Tabs.Tab>
          <Tabs.Tab value="sse">SSE</Tabs.Tab>
          <Tabs.Tab value="webhooks">Webhooks</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="facts">
          <Code text={JSON.stringify(event.facts, null, 2)} label="Copy the facts" />
        </Tabs.Panel>
        <Tabs.Panel value="websocket">
          <Form text={webSocket} path="/:/websockets/notifications" label="Copy the message" />
        </Tabs.Panel>
        <Tabs.Panel value="sse">
          <Form text={sse} path="/:/eventsource/notifications" label="Copy the event" />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks">
          <Suspense fallback={<Waiting what="what became of it" />}>
            {event.id === null ? null : <EventOutcome eventId={event.id} />}
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </aside>
  );
}

function Form({ text, path, label }: { text: string | undefined; path: string; label: string }) {
  if (text === undefined) {
    return (
      <p className="muted small event-none">
        Clients of Plex are told nothing of this: it is only in Reelay's own streams.
      </p>
    );
  }
  return (
    <>
      <p className="muted small event-none">
        As sent on <span className="mono">{path}</span>, byte for byte:
      </p>
      <Code text={text} label={label} />
    </>
  );
}

function Code({ text, label }: { text: string; label: string }): ReactNode {
  return (
    <div className="event-code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="code" tabIndex={0}>
        {text}
      </pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}

function itemOf({ facts }: MediaEvent): number | undefined {
  const { itemId, item } = facts as { readonly itemId?: number; readonly item?: { readonly itemId?: number } };
  return itemId ?? item?.itemId;
}
