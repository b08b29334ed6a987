import { Button, Group, Modal, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ask } from "../api/client.ts";
import { useFeedback } from "../ui/feedback.tsx";
import type { Playback } from "./use-sessions.ts";

/** Ends a playback; the player is told why. */
export default function StopDialog({ session, onClose }: { session: Playback; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const { say, fail } = useFeedback();
  const stop = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await ask("/status/sessions/terminate", { method: "POST", query: { sessionId: session.sessionId, reason } });
      say(`${session.player} was told to stop.`);
      onClose();
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Stop “${session.title}”?`} centered>
      <form onSubmit={(event) => void stop(event)}>
        <TextInput
          label="Reason"
          description="The player may show it. It can stay empty."
          maxLength={200}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red.8" loading={busy}>
            Stop playback
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
