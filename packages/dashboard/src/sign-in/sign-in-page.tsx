import { Button, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/client.ts";
import { explain } from "../ui/states.tsx";
import { signIn } from "./session.ts";
import "./sign-in.css";

/** Shown to whoever is not signed in. @param problem why the link that was opened did not do it */
export default function SignInPage({ problem, onDone }: { problem: unknown; onDone: () => void }) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>(problem);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn({ token: token.trim() });
      onDone();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={(event) => void submit(event)}>
        <img src="icon.svg" alt="" width={44} height={44} />
        <h1>Sign in to Reelay</h1>
        <p className="muted">
          Open the link that the server printed at its start, or paste a token. The command{" "}
          <code className="mono">reelay token new</code> makes one.
        </p>
        <PasswordInput
          label="Token"
          name="token"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={error === undefined ? undefined : refusal(error)}
          data-autofocus
        />
        <Button type="submit" loading={busy} disabled={token.trim() === ""} fullWidth>
          Sign in
        </Button>
      </form>
    </main>
  );
}

function refusal(error: unknown): string {
  if (error instanceof ApiError && error.status === 401) {
    return "This is not valid any more, or never was. Links count once and for a few minutes.";
  }
  const { title, text } = explain(error);
  return `${title} ${text}`;
}
