import { Button, Stack, TextInput } from "@mantine/core";

export interface Range {
  readonly since: number | null;
  readonly until: number | null;
}

const HOUR = 3_600_000;
const presets = [
  ["Last 15 minutes", HOUR / 4],
  ["Last hour", HOUR],
  ["Last 24 hours", 24 * HOUR],
  ["Last 7 days", 7 * 24 * HOUR],
] as const;

/** From when until when, in the time of this place. */
export function TimeRange({
  since,
  until,
  onChange,
}: {
  since: number | undefined;
  until: number | undefined;
  onChange: (range: Range) => void;
}) {
  return (
    <Stack gap="xs" w={240}>
      {presets.map(([name, ms]) => (
        <Button
          key={name}
          variant="subtle"
          color="gray"
          size="xs"
          justify="start"
          onClick={() => onChange({ since: Date.now() - ms, until: null })}
        >
          {name}
        </Button>
      ))}
      <TextInput
        type="datetime-local"
        label="From"
        size="xs"
        step={1}
        value={toLocal(since)}
        onChange={({ currentTarget: { value } }) => onChange({ since: fromLocal(value), until: until ?? null })}
      />
      <TextInput
        type="datetime-local"
        label="Until"
        size="xs"
        step={1}
        value={toLocal(until)}
        onChange={({ currentTarget: { value } }) => onChange({ since: since ?? null, until: fromLocal(value) })}
      />
      <Button variant="default" size="xs" onClick={() => onChange({ since: null, until: null })}>
        Any time
      </Button>
    </Stack>
  );
}

function toLocal(at: number | undefined): string {
  if (at === undefined) return "";
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function fromLocal(text: string): number | null {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? null : at;
}
