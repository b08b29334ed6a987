import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { ask } from "../api/client.ts";
import { useTitle } from "../shell/title.ts";
import { PageHead } from "../ui/panel.tsx";
import { Empty, explain, Loaded, Waiting } from "../ui/states.tsx";
import { bodyOf, draftOf, emptyDraft } from "./hook-draft.ts";
import { HookForm } from "./hook-form.tsx";
import { PreviewPanel } from "./preview-panel.tsx";
import { hooksQuery } from "./queries.ts";
import { SecretDialog } from "./secret-dialog.tsx";
import type { Hook } from "./types.ts";
import { hookName } from "./words.ts";
import "./webhooks.css";

/** A new hook, or one that is changed; beside it what it would have sent. @param id undefined: a new one */
export default function EditPage({ id }: { id: string | undefined }) {
  const hooks = useQuery(hooksQuery);
  if (id === undefined) return <Editor hook={undefined} />;
  return (
    <Loaded query={hooks} waiting={<Waiting what="the webhook" />}>
      {(all) => {
        const hook = all.find((one) => one.id === id);
        return hook === undefined ? (
          <Empty page icon="webhooks" title="There is no such webhook" />
        ) : (
          <Editor hook={hook} />
        );
      }}
    </Loaded>
  );
}

function Editor({ hook }: { hook: Hook | undefined }) {
  const title = hook === undefined ? "New webhook" : `Edit ${hookName(hook)}`;
  useTitle(title);
  const client = useQueryClient();
  const [, go] = useLocation();
  const [draft, setDraft] = useState(() => (hook === undefined ? emptyDraft : draftOf(hook)));
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState<{ readonly id: string; readonly secret: string }>();
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const body = bodyOf(draft);
      if (hook === undefined) {
        setMade(await ask<{ readonly id: string; readonly secret: string }>("/api/v1/hooks", { method: "POST", body }));
      } else {
        await ask(`/api/v1/hooks/${hook.id}`, { method: "PATCH", body });
      }
      await client.invalidateQueries({ queryKey: ["hooks"] });
      if (hook !== undefined) go(`/webhooks/${hook.id}`);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const refused = error === undefined ? undefined : explain(error);
  return (
    <>
      <nav className="trail-back" aria-label="Where this is">
        <Link to={hook === undefined ? "/webhooks" : `/webhooks/${hook.id}`}>
          {hook === undefined ? "Webhooks" : hookName(hook)}
        </Link>
      </nav>
      <PageHead title={title} />
      <div className="hook-edit">
        <HookForm
          draft={draft}
          onChange={setDraft}
          onSave={() => void save()}
          busy={busy}
          problem={refused === undefined ? undefined : `${refused.title} ${refused.text}`}
          action={hook === undefined ? "Add the webhook" : "Save"}
        />
        <PreviewPanel hookId={hook?.id} draft={draft} />
      </div>
      <SecretDialog secret={made?.secret} onClose={() => made !== undefined && go(`/webhooks/${made.id}`)} />
    </>
  );
}
