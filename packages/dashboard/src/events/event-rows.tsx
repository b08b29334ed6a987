import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, useEffect, useRef } from "react";
import type { MediaEvent } from "../api/types.ts";
import { clockTime, exactTime } from "../ui/time.tsx";
import { familyOf } from "./event-types.ts";
import { describe } from "./event-words.ts";

const ROW_PX = 36;
const NARROW_ROW_PX = 60;

export interface EventRowsProps {
  /** Newest first. */
  readonly events: readonly MediaEvent[];
  readonly openId: string | null;
  readonly onOpen: (event: MediaEvent) => void;
  /** Told when the list leaves its top or comes back. */
  readonly onScrolled: (away: boolean) => void;
  /** Told when a row gets the focus. */
  readonly onBusy: () => void;
  /** Each new number leads back to the top. */
  readonly toTop: number;
  readonly hasOlder: boolean;
  readonly loadOlder: () => void;
}

/** Only the rows that can be seen are there, however many there are. */
export function EventRows({ events, openId, onOpen, onScrolled, onBusy, toTop, hasOlder, loadOlder }: EventRowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery("(max-width: 700px)") ?? false;
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? NARROW_ROW_PX : ROW_PX),
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useEffect(() => rows.measure(), [narrow]);
  useEffect(() => {
    if (toTop > 0) scroller.current?.scrollTo({ top: 0 });
  }, [toTop]);
  const visible = rows.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasOlder && last >= events.length - 20) loadOlder();
  }, [hasOlder, last, events.length, loadOlder]);

  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = Number((event.target as HTMLElement).dataset.index ?? 0);
    const to = Math.min(events.length - 1, Math.max(0, from + step));
    rows.scrollToIndex(to);
    // The row may be made only now.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${to}"]`)?.focus());
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <ul> cannot hold its rows at their places
    <div
      ref={scroller}
      className={isOfToday(events.at(-1)) ? "event-rows" : "event-rows event-rows-days"}
      role="list"
      aria-label="Events, newest first"
      onKeyDown={move}
      onFocus={onBusy}
      onScroll={({ currentTarget }) => onScrolled(currentTarget.scrollTop > 8)}
    >
      <div style={{ height: rows.getTotalSize() }} role="presentation">
        {visible.map(({ index, start, size }) => {
          const event = events[index];
          return event === undefined ? null : (
            <EventRow
              key={event.id ?? event.position}
              event={event}
              index={index}
              count={hasOlder ? -1 : events.length}
              top={start}
              height={size}
              open={event.id === openId}
              onOpen={onOpen}
            />
          );
        })}
      </div>
      {hasOlder ? null : <p className="events-end">That is all that is kept.</p>}
    </div>
  );
}

function isOfToday(event: MediaEvent | undefined): boolean {
  return new Date(event?.time ?? 0).toDateString() === new Date().toDateString();
}

interface EventRowProps {
  readonly event: MediaEvent;
  readonly index: number;
  /** Of all; -1 while there are older ones. */
  readonly count: number;
  readonly top: number;
  readonly height: number;
  readonly open: boolean;
  readonly onOpen: (event: MediaEvent) => void;
}

const EventRow = memo(function EventRow({ event, index, count, top, height, open, onOpen }: EventRowProps) {
  const { text, by } = describe(event);
  const time = event.time ?? 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    <div
      role="listitem"
      aria-posinset={index + 1}
      aria-setsize={count}
      className="event-place"
      style={{ height, transform: `translateY(${top}px)` }}
    >
      <button
        type="button"
        data-index={index}
        className={open ? "event-row event-row-open" : "event-row"}
        aria-expanded={open}
        onClick={() => onOpen(event)}
      >
        <time dateTime={new Date(time).toISOString()} title={exactTime(time)}>
          {clockTime(time)}
        </time>
        <span className={`event-type event-type-${familyOf(event.type)}`}>{event.type}</span>
        <span className="event-text">{text}</span>
        <span className="event-by">{by}</span>
      </button>
    </div>
  );
});
