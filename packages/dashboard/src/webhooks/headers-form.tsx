import { ActionIcon, Button, TextInput } from "@mantine/core";
import { Icon } from "../ui/icons.tsx";
import type { HookDraft } from "./hook-draft.ts";

type Headers = HookDraft["headers"];

/** Headers besides those of the format. What was saved is not shown again: `***` keeps it. */
export function HeadersForm({ headers, onChange }: { headers: Headers; onChange: (headers: Headers) => void }) {
  const change = (key: number, changed: Partial<Headers[number]>) =>
    onChange(headers.map((header) => (header.key === key ? { ...header, ...changed } : header)));
  return (
    <fieldset className="filter-form">
      <legend>Headers</legend>
      {headers.map(({ key, name, value }) => (
        <div key={key} className="filter-row">
          <TextInput
            aria-label="Name of the header"
            placeholder="Authorization"
            value={name}
            maxLength={64}
            onChange={({ currentTarget }) => change(key, { name: currentTarget.value })}
          />
          <TextInput
            aria-label={`Value of ${name || "the header"}`}
            className="filter-wide"
            value={value}
            maxLength={1024}
            onChange={({ currentTarget }) => change(key, { value: currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove the header ${name}`}
            onClick={() => onChange(headers.filter((header) => header.key !== key))}
          >
            <Icon name="close" size={16} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="subtle"
        size="xs"
        leftSection={<Icon name="add" size={14} />}
        onClick={() =>
          onChange([...headers, { key: Math.max(0, ...headers.map(({ key }) => key)) + 1, name: "", value: "" }])
        }
      >
        Add a header
      </Button>
    </fieldset>
  );
}
