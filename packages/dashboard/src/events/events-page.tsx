import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { eventQuery } from "../api/queries.ts";
import type { MediaEvent } from "../api/types.ts";
import { useTitle } from "../shell/title.ts";
import { Icon } from "../ui/icons.tsx";
import { PageHead } from "../ui/panel.tsx";
import { Empty, Failure, Waiting } from "../ui/states.tsx";
import { EventDetail } from "./event-detail.tsx";
import { EventFilterBar } from "./event-filter-bar.tsx";
import { EventRows } from "./event-rows.tsx";
import { filterFrom, isEmpty } from "./filter.ts";
import { useEventList } from "./use-event-list.ts";
import "./event-type.css";
import "./events.css";

/** Everything that happens, and that has happened. */
export default function EventsPage() {
  useTitle("Events");
  const [search, setSearch] = useSearchParams();
  const filter = filterFrom(search);
  const [paused, setPaused] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  /** Somebody is at a row, or reads what it opened: it must not move away. */
  const [busy, setBusy] = useState(false);
  const [toTop, setToTop] = useState(0);
  const list = useEventList(filter, paused || scrolled || busy);
  const [opened, setOpened] = useState<MediaEvent>();
  const openId = search.get("event");
  const listed = opened?.id === openId ? opened : list.events.find(({ id }) => id === openId);
  // A link may lead to one that is further back, or that the filter leaves out.
  const linked = useQuery({
    ...eventQuery(openId ?? ""),
    enabled: openId !== null && listed === undefined && !list.isLoading,
  });
  const shown = openId === null ? undefined : (listed ?? linked.data ?? undefined);
  const lost = shown === undefined && openId !== null && (linked.isError || linked.data === null);

  const open = useCallback(
    (event: MediaEvent | undefined) => {
      setOpened(event);
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (event?.id == null) after.delete("event");
          else after.set("event", event.id);
          return after;
        },
        { replace: true },
      );
    },
    [setSearch],
  );
  const follow = () => {
    setPaused(false);
    setScrolled(false);
    setBusy(false);
    setToTop((times) => times + 1);
  };
  useEscape(() => open(undefined), shown !== undefined || lost);

  return (
    <div className="events-page">
      <PageHead title="Events">
        <Button
          variant={paused ? "filled" : "default"}
          size="sm"
          leftSection={<Icon name={paused ? "play" : "pause"} size={16} />}
          onClick={() => (paused ? follow() : setPaused(true))}
        >
          {paused ? "Resume" : "Pause"}
        </Button>
      </PageHead>
      <EventFilterBar filter={filter} onChange={setSearch} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only notices where the focus goes */}
      <div
        className={shown === undefined && !lost ? "events" : "events events-open"}
        onBlur={({ currentTarget, relatedTarget }) => {
          if (!currentTarget.contains(relatedTarget)) setBusy(false);
        }}
      >
        <div className="events-list">
          {list.held > 0 ? (
            <button type="button" className="events-new" onClick={follow}>
              {list.held} new {list.held === 1 ? "event" : "events"}
            </button>
          ) : null}
          {list.events.length > 0 ? (
            <EventRows
              events={list.events}
              openId={openId}
              onOpen={open}
              onScrolled={setScrolled}
              onBusy={() => setBusy(true)}
              toTop={toTop}
              hasOlder={list.hasOlder}
              loadOlder={list.loadOlder}
            />
          ) : list.isLoading ? (
            <Waiting what="events" />
          ) : list.error ? (
            <Failure error={list.error} retry={list.retry} />
          ) : (
            <Empty icon="events" title={isEmpty(filter) ? "Nothing has happened yet" : "No event is like this"}>
              {isEmpty(filter)
                ? "Scan a section or play something: it shows up here at once."
                : "Change the filter. What comes from now on and fits shows up here at once."}
            </Empty>
          )}
        </div>
        {lost ? <LostEvent onClose={() => open(undefined)} /> : null}
        {shown === undefined ? null : <EventDetail key={shown.id} event={shown} onClose={() => open(undefined)} />}
      </div>
    </div>
  );
}

function LostEvent({ onClose }: { onClose: () => void }) {
  return (
    <aside className="event-detail" aria-label="The event">
      <Empty icon="events" title="This event is not there">
        The log does not keep it any more, or it is not for you.
        <Button variant="default" size="xs" mt="sm" display="block" mx="auto" onClick={onClose}>
          Close
        </Button>
      </Empty>
    </aside>
  );
}

function useEscape(close: () => void, on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) close();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
}
