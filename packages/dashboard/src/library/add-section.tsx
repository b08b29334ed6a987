import { Button, Group, Modal, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { ask } from "../api/client.ts";
import type { Section } from "../api/types.ts";
import { explain } from "../ui/states.tsx";

const types = [
  { value: "movie", label: "Films" },
  { value: "show", label: "Shows" },
  { value: "artist", label: "Music" },
];

interface Added {
  readonly MediaContainer: { readonly Directory: readonly Section[] };
}

export function AddSection({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [type, setType] = useState("movie");
  const [folder, setFolder] = useState("");
  const [name, setName] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const add = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const { MediaContainer } = await ask<Added>("/library/sections", {
        method: "POST",
        query: { type, location: folder.trim(), name: name.trim() || undefined },
      });
      await client.invalidateQueries({ queryKey: ["sections"] });
      setFolder("");
      setName("");
      onClose();
      go(`/library/${MediaContainer.Directory[0]?.key ?? ""}`);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const refused = error === undefined ? undefined : explain(error);
  return (
    <Modal opened={opened} onClose={onClose} title="Add a section" centered>
      <form onSubmit={(event) => void add(event)}>
        <Stack>
          <SegmentedControl aria-label="What is in it" data={types} value={type} onChange={setType} fullWidth />
          <TextInput
            label="Folder"
            description="On the machine that Reelay runs on. It is read, never written to."
            placeholder="/srv/films"
            value={folder}
            onChange={({ currentTarget: { value } }) => setFolder(value)}
            error={refused === undefined ? undefined : `${refused.title} ${refused.text}`}
            required
            data-autofocus
          />
          <TextInput
            label="Name"
            description="The folder's, if it is left empty."
            value={name}
            maxLength={200}
            onChange={({ currentTarget: { value } }) => setName(value)}
          />
        </Stack>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={folder.trim() === ""}>
            Add and scan
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
