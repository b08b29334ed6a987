import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ask } from "../api/client.ts";
import type { Account, Section } from "../api/types.ts";
import { explain } from "../ui/states.tsx";

/** @param account the one to change, or `new`; undefined: closed */
export function AccountDialog({
  account,
  sections,
  onClose,
}: {
  account: Account | "new" | undefined;
  sections: readonly Section[];
  onClose: () => void;
}) {
  const existing = typeof account === "object" ? account : undefined;
  const client = useQueryClient();
  const [name, setName] = useState(existing?.name ?? "");
  const [all, setAll] = useState(existing?.sections === "all");
  const [chosen, setChosen] = useState<readonly string[]>(
    Array.isArray(existing?.sections) ? existing.sections.map(String) : [],
  );
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const body = { name: name.trim(), sections: all ? "all" : chosen.map(Number) };
      await (existing === undefined
        ? ask("/api/v1/accounts", { method: "POST", body })
        : ask(`/api/v1/accounts/${existing.id}`, { method: "PATCH", body }));
      await client.invalidateQueries({ queryKey: ["accounts"] });
      if (existing === undefined) {
        setName("");
        setChosen([]);
        setAll(false);
      }
      onClose();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const refused = error === undefined ? undefined : explain(error);
  return (
    <Modal
      opened={account !== undefined}
      onClose={onClose}
      title={existing === undefined ? "Add an account" : `Change ${existing.name}`}
      centered
    >
      <form onSubmit={(event) => void save(event)}>
        <Stack>
          <TextInput
            label="Name"
            value={name}
            maxLength={100}
            onChange={({ currentTarget: { value } }) => setName(value)}
            error={refused === undefined ? undefined : `${refused.title} ${refused.text}`}
            required
            data-autofocus
          />
          <fieldset className="choices">
            <legend>Sections that it may use</legend>
            <Checkbox
              label="All, those that come later included"
              checked={all}
              onChange={({ currentTarget: { checked } }) => setAll(checked)}
            />
            {sections.map(({ key, title }) => (
              <Checkbox
                key={key}
                label={title}
                checked={all || chosen.includes(key)}
                disabled={all}
                onChange={({ currentTarget: { checked } }) =>
                  setChosen((before) => (checked ? [...before, key] : before.filter((one) => one !== key)))
                }
              />
            ))}
          </fieldset>
        </Stack>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={name.trim() === ""}>
            {existing === undefined ? "Add" : "Save"}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
