import { Button, Group, Modal } from "@mantine/core";
import { CopyButton } from "../ui/copy.tsx";

/** Shows a hook's secret, the only time. */
export function SecretDialog({ secret, onClose }: { secret: string | undefined; onClose: () => void }) {
  return (
    <Modal opened={secret !== undefined} onClose={onClose} title="The secret of this webhook" centered>
      <p className="small">
        The receiver checks signatures with it. Copy it now: it is not shown again. Receivers that check none, such as
        those made for Plex, do not need it.
      </p>
      <div className="secret">
        <code className="mono">{secret}</code>
        {secret === undefined ? null : <CopyButton text={secret} label="Copy the secret" />}
      </div>
      <Group justify="flex-end" mt="lg">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Modal>
  );
}
