import { Button, MultiSelect, SegmentedControl, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { webhookEventNames } from "@reelay/protocol";
import type { ReactNode } from "react";
import { FilterForm } from "./filter-form.tsx";
import { HeadersForm } from "./headers-form.tsx";
import type { Freshness, HookDraft } from "./hook-draft.ts";

export interface HookFormProps {
  readonly draft: HookDraft;
  readonly onChange: (draft: HookDraft) => void;
  readonly onSave: () => void;
  readonly busy: boolean;
  readonly problem: string | undefined;
  /** On the button. */
  readonly action: string;
}

const formats = [
  { value: "plex", label: "As Plex" },
  { value: "json", label: "JSON" },
  { value: "custom", label: "My own" },
];
const formatTexts = {
  plex: "The multipart request of a Plex server, byte for byte: for receivers that were made for it.",
  json: "The document alone, signed.",
  custom: "Whatever the receiver wants. {{Metadata.title}} stands for what the payload has there.",
} as const;

const freshnesses: readonly { readonly value: Freshness; readonly label: string }[] = [
  { value: "usual", label: "Usual" },
  { value: "automation", label: "Automation" },
  { value: "records", label: "Records" },
];
const freshnessTexts: Readonly<Record<Freshness, string>> = {
  usual: "What plays now is worth five minutes, all else three days.",
  automation: "For lights and blinds: nothing older than 30 seconds, only the newest state of a player.",
  records: "For scrobblers and statistics: everything, however late.",
  own: "As it was set elsewhere.",
};

export function HookForm({ draft, onChange, onSave, busy, problem, action }: HookFormProps) {
  const set = (changed: Partial<HookDraft>) => onChange({ ...draft, ...changed });
  const { format, freshness } = draft;
  return (
    <form
      className="hook-form panel"
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <TextInput
        label="Address"
        placeholder="http://192.168.1.20:8123/api/webhook/reelay"
        value={draft.url}
        maxLength={2048}
        onChange={({ currentTarget: { value } }) => set({ url: value })}
        required
      />
      <TextInput
        label="What it is"
        placeholder="Living room lights"
        value={draft.description}
        maxLength={200}
        onChange={({ currentTarget: { value } }) => set({ description: value })}
      />
      <MultiSelect
        label="Events"
        placeholder={draft.events.length === 0 ? "All" : ""}
        data={[...webhookEventNames]}
        value={[...draft.events]}
        onChange={(events) => set({ events: events as HookDraft["events"] })}
        searchable
        clearable
        hidePickedOptions
      />
      {draft.rows === undefined ? (
        <p className="muted small">
          Its filter is more than this page can show. It stays as it is; the API changes it.
        </p>
      ) : (
        <FilterForm rows={draft.rows} onChange={(rows) => set({ rows })} />
      )}
      <Choice label="Format" text={formatTexts[format]}>
        <SegmentedControl
          aria-label="Format"
          data={formats}
          value={format}
          onChange={(value) => set({ format: value as HookDraft["format"], thumb: value === "plex" })}
        />
      </Choice>
      {format === "custom" ? (
        <>
          <Select
            label="Method"
            data={["GET", "POST", "PUT", "PATCH", "DELETE"]}
            value={draft.method}
            onChange={(method) => set({ method: method ?? "POST" })}
            allowDeselect={false}
            w={140}
          />
          <Textarea
            label="Body"
            placeholder={'{"text": "{{Account.title}} plays {{Metadata.title}}"}'}
            classNames={{ input: "mono" }}
            rows={5}
            value={draft.body}
            onChange={({ currentTarget: { value } }) => set({ body: value })}
          />
        </>
      ) : (
        <Switch
          label="Send the picture of the item, if it has one"
          checked={draft.thumb}
          onChange={({ currentTarget: { checked } }) => set({ thumb: checked })}
        />
      )}
      <Choice label="How old may it be" text={freshnessTexts[freshness]}>
        <SegmentedControl
          aria-label="How old may it be"
          data={[...freshnesses, ...(freshness === "own" ? [{ value: "own", label: "Own" }] : [])]}
          value={freshness}
          onChange={(value) => set({ freshness: value as Freshness })}
        />
      </Choice>
      <HeadersForm headers={draft.headers} onChange={(headers) => set({ headers })} />
      {problem === undefined ? null : (
        <p className="hook-problem" role="alert">
          {problem}
        </p>
      )}
      <div>
        <Button type="submit" loading={busy} disabled={draft.url.trim() === ""}>
          {action}
        </Button>
      </div>
    </form>
  );
}

function Choice({ label, text, children }: { label: string; text: string; children: ReactNode }) {
  return (
    <div>
      <p className="choice-label">{label}</p>
      {children}
      <p className="muted small choice-text">{text}</p>
    </div>
  );
}
