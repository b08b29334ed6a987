import { ActionIcon, Button, Select, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { accountsQuery, devicesQuery, sectionsQuery, upstreamsQuery } from "../api/queries.ts";
import { useMe } from "../shell/me.ts";
import { Icon } from "../ui/icons.tsx";
import { type FilterRow, fieldNames, newRow, type RowField } from "./filter-rows.ts";

const kinds = ["movie", "show", "season", "episode", "artist", "album", "track"];

/** What was seen here, to choose from; anything else can be typed. */
function useSeen(): Readonly<Partial<Record<RowField, readonly string[]>>> {
  const { owner, name } = useMe();
  const devices = useQuery({ ...devicesQuery, enabled: owner });
  const accounts = useQuery({ ...accountsQuery, enabled: owner });
  const upstreams = useQuery({ ...upstreamsQuery, enabled: owner });
  const sections = useQuery(sectionsQuery);
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  return {
    player: unique(devices.data?.map((device) => device.name) ?? []),
    account: unique(accounts.data?.map((account) => account.name) ?? [name]),
    section: unique(sections.data?.map(({ title }) => title) ?? []),
    server: unique(upstreams.data?.map((upstream) => upstream.name) ?? []),
    type: kinds,
  };
}

/** The filter: each row must hold. */
export function FilterForm({
  rows,
  onChange,
}: {
  rows: readonly FilterRow[];
  onChange: (rows: readonly FilterRow[]) => void;
}) {
  const seen = useSeen();
  const change = (key: number, changed: Partial<FilterRow>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...changed } : row)));
  return (
    <fieldset className="filter-form">
      <legend>Only if</legend>
      {rows.length === 0 ? (
        <p className="muted small">Nothing is asked for: every event of these kinds is sent.</p>
      ) : null}
      {rows.map((row) => (
        <div key={row.key} className="filter-row">
          <Select
            aria-label="What is looked at"
            data={Object.entries(fieldNames).map(([value, label]) => ({ value, label }))}
            value={row.field}
            onChange={(field) => field !== null && change(row.key, { ...newRow(field as RowField), key: row.key })}
            allowDeselect={false}
          />
          <RowValue row={row} seen={seen[row.field] ?? []} onChange={(changed) => change(row.key, changed)} />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove the row ${fieldNames[row.field]}`}
            onClick={() => onChange(rows.filter(({ key }) => key !== row.key))}
          >
            <Icon name="close" size={16} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="subtle"
        size="xs"
        leftSection={<Icon name="add" size={14} />}
        onClick={() => onChange([...rows, newRow("player")])}
      >
        Add a condition
      </Button>
    </fieldset>
  );
}

const places = [
  { value: "true", label: "in this network" },
  { value: "false", label: "somewhere else" },
];
const sides = [
  { value: "is", label: "is one of" },
  { value: "not", label: "is none of" },
];

function RowValue({
  row: { field, not, values },
  seen,
  onChange,
}: {
  row: FilterRow;
  seen: readonly string[];
  onChange: (changed: Partial<FilterRow>) => void;
}) {
  if (field === "local") {
    return (
      <Select
        aria-label="Where the player is"
        className="filter-wide"
        data={places}
        value={values[0] ?? "true"}
        onChange={(place) => onChange({ values: [place ?? "true"] })}
        allowDeselect={false}
      />
    );
  }
  if (field === "minDuration") {
    return (
      <TextInput
        aria-label="At least so many minutes"
        className="filter-wide"
        inputMode="decimal"
        leftSection="≥"
        rightSection="min"
        value={values[0] ?? ""}
        onChange={({ currentTarget: { value } }) => onChange({ values: [value] })}
      />
    );
  }
  return (
    <>
      <Select
        aria-label="How it is compared"
        data={sides}
        value={not ? "not" : "is"}
        onChange={(side) => onChange({ not: side === "not" })}
        allowDeselect={false}
      />
      <TagsInput
        aria-label={`Values of ${fieldNames[field]}`}
        className="filter-values"
        data={[...seen]}
        value={[...values]}
        onChange={(chosen) => onChange({ values: chosen })}
        placeholder={values.length === 0 ? "Choose or type" : ""}
        acceptValueOnBlur
      />
    </>
  );
}
