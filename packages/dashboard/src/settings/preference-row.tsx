import { Button, Select, Switch, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { ask } from "../api/client.ts";
import type { Preference } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { explain } from "../ui/states.tsx";

/** One preference: set at once, or, where one types, when one is done. */
export function PreferenceRow({ preference }: { preference: Preference }) {
  const { id, label, summary, value } = preference;
  const client = useQueryClient();
  const { say } = useFeedback();
  const [error, setError] = useState<unknown>();
  const labelId = useId();
  const set = async (wanted: boolean | string) => {
    try {
      await ask("/:/prefs", {
        method: "PUT",
        query: { [id]: typeof wanted === "boolean" ? (wanted ? 1 : 0) : wanted },
      });
      setError(undefined);
      await client.invalidateQueries({ queryKey: ["preferences"] });
      say(`${label} is set.`);
    } catch (thrown) {
      setError(thrown);
    }
  };
  const refused = error === undefined ? undefined : explain(error);
  return (
    <li className="preference">
      <div>
        <p id={labelId} className="preference-label">
          {label}
        </p>
        {summary === "" ? null : <p className="muted small">{summary}</p>}
        {refused === undefined ? null : (
          <p className="preference-error small" role="alert">
            {refused.title}
          </p>
        )}
      </div>
      <Control key={String(value)} preference={preference} labelId={labelId} onSet={(wanted) => void set(wanted)} />
    </li>
  );
}

interface ControlProps {
  readonly preference: Preference;
  readonly labelId: string;
  readonly onSet: (value: boolean | string) => void;
}

function Control({ preference, labelId, onSet }: ControlProps) {
  const { type, value, enumValues } = preference;
  if (type === "bool") {
    return (
      <Switch
        aria-labelledby={labelId}
        checked={value === true}
        onChange={({ currentTarget: { checked } }) => onSet(checked)}
      />
    );
  }
  if (enumValues !== undefined) {
    return (
      <Select
        aria-labelledby={labelId}
        data={enumValues.split("|").map((text) => {
          const at = text.indexOf(":");
          return { value: text.slice(0, at), label: text.slice(at + 1) };
        })}
        value={String(value)}
        onChange={(chosen) => chosen !== null && onSet(chosen)}
        allowDeselect={false}
        w={200}
      />
    );
  }
  return <TextControl preference={preference} labelId={labelId} onSet={onSet} />;
}

function TextControl({ preference: { value, type, default: usual }, labelId, onSet }: ControlProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  return (
    <form
      className="preference-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSet(text.trim());
      }}
    >
      <TextInput
        aria-labelledby={labelId}
        value={text}
        inputMode={type === "int" ? "numeric" : "text"}
        placeholder={String(usual)}
        onChange={({ currentTarget: { value: typed } }) => setText(typed)}
        w={200}
      />
      {text === String(value) ? null : (
        <Button type="submit" size="sm">
          Save
        </Button>
      )}
    </form>
  );
}
