import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty, Failure, Skeletons } from "../ui/states.tsx";
import { shortSpan, Time } from "../ui/time.tsx";
import { DeliveryDetail } from "./delivery-detail.tsx";
import { deliveryPage, RENEW_MS } from "./queries.ts";
import { ResendButton } from "./resend-button.tsx";
import type { Delivery, Hook } from "./types.ts";
import { stateNames } from "./words.ts";

const PAGE = 50;

/** What was sent to a hook, or waits, newest first; one opened with all of its attempts. */
export function DeliveryList({ hook }: { hook: Hook }) {
  const [search, setSearch] = useSearchParams();
  const opened = search.get("delivery");
  const [state, setState] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 300);
  const filter = { hook: hook.id, state: state ?? undefined, q: q || undefined };
  const deliveries = useInfiniteQuery({
    queryKey: ["deliveries", filter],
    queryFn: ({ pageParam, signal }) => deliveryPage(filter, pageParam, PAGE, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: RENEW_MS,
    placeholderData: (before) => before,
  });
  const all = deliveries.data?.pages.flatMap((page) => page.deliveries) ?? [];
  const toggle = (id: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (opened === id) after.delete("delivery");
        else after.set("delivery", id);
        return after;
      },
      { replace: true },
    );
  return (
    <Panel title="Deliveries" flush aside={<ResendButton hook={hook} state={state} q={filter.q} />}>
      <div className="delivery-bar">
        <TextInput
          aria-label="Text in the payload"
          placeholder="A title, a player"
          leftSection={<Icon name="search" size={16} />}
          value={text}
          maxLength={200}
          onChange={({ currentTarget: { value } }) => setText(value)}
        />
        <Select
          aria-label="State"
          placeholder="All states"
          data={Object.entries(stateNames).map(([value, label]) => ({ value, label }))}
          value={state}
          onChange={setState}
          clearable
        />
      </div>
      {deliveries.data === undefined ? (
        deliveries.error ? (
          <Failure error={deliveries.error} retry={() => void deliveries.refetch()} />
        ) : (
          <Skeletons count={5} className="row-skeleton" />
        )
      ) : all.length === 0 ? (
        <Empty icon="send" title={state === null && q === "" ? "Nothing was sent yet" : "No delivery is like this"}>
          {state === null && q === "" ? "Play something, or send a test." : null}
        </Empty>
      ) : (
        <ul className="deliveries">
          {all.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              delivery={delivery}
              open={delivery.id === opened}
              onToggle={() => toggle(delivery.id)}
            />
          ))}
        </ul>
      )}
      <p className="muted small delivery-why">
        Is something missing here? Open it among the{" "}
        <Link to="/events" className="link">
          events
        </Link>
        : under Webhooks stands why it was not sent.
      </p>
      {deliveries.hasNextPage ? (
        <div className="delivery-more">
          <Button
            variant="subtle"
            loading={deliveries.isFetchingNextPage}
            onClick={() => void deliveries.fetchNextPage()}
          >
            Older ones
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function DeliveryRow({ delivery, open, onToggle }: { delivery: Delivery; open: boolean; onToggle: () => void }) {
  const { id, event, title, state, reason, eventTime, endedAt, attempts, eventId, dueAt } = delivery;
  return (
    <li>
      <button type="button" className="delivery" aria-expanded={open} onClick={onToggle}>
        <span className={`delivery-state state-${state}`}>{stateNames[state]}</span>
        <span className="mono clip">{event}</span>
        <span className="muted clip delivery-note">
          {[
            eventId === null ? "test" : undefined,
            title,
            attempts > 1 || state === "waiting" ? `${attempts} ${attempts === 1 ? "attempt" : "attempts"}` : undefined,
            state === "delivered" && endedAt !== null ? `after ${shortSpan(endedAt - eventTime)}` : undefined,
            reason,
          ]
            .filter(Boolean)
            .join(" · ")}
          {dueAt !== null && attempts > 0 ? (
            <>
              {" · next "}
              <Time at={dueAt} as="clock" />
            </>
          ) : null}
        </span>
        <span className="muted delivery-time">
          <Time at={eventTime} as="clock" />
        </span>
        <Icon name="down" size={16} className={open ? "delivery-arrow delivery-arrow-open" : "delivery-arrow"} />
      </button>
      {open ? <DeliveryDetail id={id} /> : null}
    </li>
  );
}
