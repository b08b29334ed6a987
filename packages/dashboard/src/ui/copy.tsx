import { ActionIcon, Tooltip } from "@mantine/core";
import { useState } from "react";
import { Icon } from "./icons.tsx";

/** Copies a text. Where a page may not (plain HTTP on another machine), the text is there to be selected. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  if (!window.isSecureContext) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return (
    <Tooltip label={done ? "Copied" : label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={() => void copy()}>
        <Icon name={done ? "check" : "copy"} size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
