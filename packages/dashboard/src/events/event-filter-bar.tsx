import { Button, CloseButton, MultiSelect, Popover, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { accountsQuery, type EventFilter, sectionsQuery } from "../api/queries.ts";
import { useMe } from "../shell/me.ts";
import { Icon } from "../ui/icons.tsx";
import { clockTime } from "../ui/time.tsx";
import { typeChoices } from "./event-types.ts";
import { isEmpty } from "./filter.ts";
import { TimeRange } from "./time-range.tsx";

export interface EventFilterBarProps {
  readonly filter: EventFilter;
  readonly onChange: (change: (before: URLSearchParams) => URLSearchParams, options: { replace: boolean }) => void;
}

/** What is shown; all of it is in the page's address. */
export function EventFilterBar({ filter, onChange }: EventFilterBarProps) {
  const { owner } = useMe();
  const accounts = useQuery({ ...accountsQuery, enabled: owner });
  const sections = useQuery(sectionsQuery);
  const set = (changed: Partial<Record<keyof EventFilter, string | number | null | undefined>>) =>
    onChange(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changed)) {
          if (value === null || value === undefined || value === "") after.delete(name);
          else after.set(name, String(value));
        }
        return after;
      },
      { replace: true },
    );
  return (
    <search className="event-filter">
      <SearchText text={filter.q ?? ""} onChange={(q) => set({ q })} />
      <MultiSelect
        aria-label="Types"
        placeholder={filter.type === undefined ? "All types" : ""}
        data={[...typeChoices.map(({ group, items }) => ({ group, items: [...items] }))]}
        value={filter.type?.split(",") ?? []}
        onChange={(types) => set({ type: types.join(",") })}
        searchable
        clearable
        hidePickedOptions
        maxDropdownHeight={340}
        className="event-filter-types"
      />
      {owner ? (
        <Select
          aria-label="Account"
          placeholder="All accounts"
          data={accounts.data?.map(({ id, name }) => ({ value: String(id), label: name })) ?? []}
          value={filter.account === undefined ? null : String(filter.account)}
          onChange={(account) => set({ account })}
          clearable
        />
      ) : null}
      <Select
        aria-label="Section"
        placeholder="All sections"
        data={sections.data?.map(({ key, title }) => ({ value: key, label: title })) ?? []}
        value={filter.section === undefined ? null : String(filter.section)}
        onChange={(section) => set({ section })}
        clearable
      />
      <TimeButton filter={filter} onChange={set} />
      {filter.item === undefined ? null : (
        <span className="event-filter-item">
          item {filter.item}
          <CloseButton size="xs" aria-label={`Not only item ${filter.item}`} onClick={() => set({ item: null })} />
        </span>
      )}
      {isEmpty(filter) ? null : (
        <Button
          variant="subtle"
          color="gray"
          size="sm"
          onClick={() =>
            set({ type: null, q: null, account: null, section: null, item: null, since: null, until: null })
          }
        >
          Clear
        </Button>
      )}
    </search>
  );
}

function SearchText({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const tell = useDebouncedCallback(onChange, 300);
  return (
    <TextInput
      aria-label="Text in the event"
      placeholder="Search"
      leftSection={<Icon name="search" size={16} />}
      value={typed}
      maxLength={200}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        tell(value);
      }}
    />
  );
}

function TimeButton({
  filter: { since, until },
  onChange,
}: {
  filter: EventFilter;
  onChange: (range: { readonly since: number | null; readonly until: number | null }) => void;
}) {
  const text =
    since === undefined && until === undefined
      ? "Any time"
      : `${since === undefined ? "…" : clockTime(since)} – ${until === undefined ? "now" : clockTime(until)}`;
  return (
    <Popover position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <Button variant="default" fw={400} leftSection={<Icon name="clock" size={16} />}>
          {text}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <TimeRange since={since} until={until} onChange={onChange} />
      </Popover.Dropdown>
    </Popover>
  );
}
