import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../api/client.ts";
import { useFeedback } from "../ui/feedback.tsx";
import type { Hook } from "./types.ts";

/** Sends a range again, after saying how many that are. */
export function ResendButton({ hook, state, q }: { hook: Hook; state: string | null; q: string | undefined }) {
  const client = useQueryClient();
  const { confirm, say, fail } = useFeedback();
  const [busy, setBusy] = useState(false);
  const range = { hook: hook.id, ...(state === null ? {} : { states: [state] }), ...(q === undefined ? {} : { q }) };
  const send = (expected?: number) =>
    ask<{ readonly count: number; readonly resent: number }>("/api/v1/deliveries/resend", {
      method: "POST",
      body: { ...range, ...(expected === undefined ? {} : { expected }) },
    });
  const resend = async () => {
    setBusy(true);
    try {
      const { count } = await send();
      if (count === 0) {
        say("There is nothing to send again.");
        return;
      }
      const sure = await confirm({
        title: `Send ${count} ${count === 1 ? "delivery" : "deliveries"} again?`,
        text: "Oldest first, each under the id that it had: a receiver that remembers ids drops repeats.",
        action: `Send ${count}`,
      });
      if (!sure) return;
      const { resent } = await send(count);
      say(`${resent} ${resent === 1 ? "is" : "are"} being sent again.`);
      await client.invalidateQueries({ queryKey: ["deliveries"] });
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button variant="subtle" size="xs" loading={busy} disabled={!hook.enabled} onClick={() => void resend()}>
      {state === null ? "Resend what failed…" : "Resend these…"}
    </Button>
  );
}
