import { Button, Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { ask } from "../api/client.ts";
import { useTitle } from "../shell/title.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon } from "../ui/icons.tsx";
import { PageHead } from "../ui/panel.tsx";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { DeliveryList } from "./delivery-list.tsx";
import { HookFacts } from "./hook-facts.tsx";
import { hooksQuery } from "./queries.ts";
import { SecretDialog } from "./secret-dialog.tsx";
import type { Hook, RecordedDelivery } from "./types.ts";
import { hookName, troubleOf } from "./words.ts";
import "./webhooks.css";

/** One hook: its deliveries, and what one does with it. */
export default function HookPage({ id }: { id: string }) {
  const hooks = useQuery(hooksQuery);
  return (
    <Loaded query={hooks} waiting={<Waiting what="the webhook" />}>
      {(all) => {
        const hook = all.find((one) => one.id === id);
        return hook === undefined ? (
          <Empty page icon="webhooks" title="There is no such webhook">
            It was removed, or is somebody else's.
          </Empty>
        ) : (
          <HookView hook={hook} />
        );
      }}
    </Loaded>
  );
}

function HookView({ hook }: { hook: Hook }) {
  const name = hookName(hook);
  useTitle(name);
  const trouble = troubleOf(hook);
  const actions = useHookActions(hook);
  return (
    <>
      <nav className="trail-back" aria-label="Where this is">
        <Link to="/webhooks">Webhooks</Link>
      </nav>
      <PageHead title={name} note={<span className="mono">{hook.url ?? "The address cannot be read."}</span>}>
        <Button
          variant="default"
          leftSection={<Icon name="send" size={16} />}
          loading={actions.testing}
          disabled={!hook.enabled}
          onClick={() => void actions.test()}
        >
          Send a test
        </Button>
        <Button
          variant="default"
          leftSection={<Icon name="edit" size={16} />}
          component={Link}
          to={`/webhooks/${hook.id}/edit`}
        >
          Edit
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" px="sm" aria-label={`More for ${name}`}>
              <Icon name="more" />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void actions.enable(!hook.enabled)}>
              {hook.enabled ? "Switch it off" : "Switch it on"}
            </Menu.Item>
            <Menu.Item color="red" leftSection={<Icon name="trash" size={16} />} onClick={() => void actions.remove()}>
              Remove…
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </PageHead>
      {trouble === undefined ? null : (
        <div className="banner banner-warn">
          <Icon name="warning" />
          <span>{trouble}</span>
          {hook.unreadable === undefined && !hook.enabled ? (
            <Button variant="default" size="xs" ml="auto" onClick={() => void actions.enable(true)}>
              Switch it on
            </Button>
          ) : null}
        </div>
      )}
      <HookFacts hook={hook} onRotate={() => void actions.rotate()} />
      <DeliveryList hook={hook} />
      <SecretDialog secret={actions.secret} onClose={actions.forgetSecret} />
    </>
  );
}

function useHookActions(hook: Hook) {
  const client = useQueryClient();
  const { confirm, say, fail } = useFeedback();
  const [, go] = useLocation();
  const [testing, setTesting] = useState(false);
  const [secret, setSecret] = useState<string>();
  const path = `/api/v1/hooks/${hook.id}`;
  const renew = async () => {
    await client.invalidateQueries({ queryKey: ["hooks"] });
    await client.invalidateQueries({ queryKey: ["deliveries"] });
  };
  const attempt = async (action: () => Promise<void>) => {
    try {
      await action();
      await renew();
    } catch (error) {
      fail(error);
    }
  };
  return {
    testing,
    secret,
    forgetSecret: () => setSecret(undefined),
    async test() {
      setTesting(true);
      await attempt(async () => {
        const { state, record } = await ask<RecordedDelivery>(`${path}/test`, { method: "POST", body: {} });
        const last = record.at(-1);
        if (state === "delivered")
          say(`The test arrived: ${last?.status ?? ""} after ${Math.round(last?.timings.total ?? 0)} ms.`);
        else fail(new Error(`It did not arrive: ${last?.status ?? last?.message ?? last?.error ?? "no answer"}.`));
      });
      setTesting(false);
    },
    enable: (enabled: boolean) =>
      attempt(async () => {
        await ask(path, { method: "PATCH", body: { enabled } });
        say(enabled ? "It is on." : "It is off.");
      }),
    async rotate() {
      const sure = await confirm({
        title: "Make a new secret?",
        text: "Requests are signed with both for a day, so that the receiver can be changed meanwhile.",
        action: "Make it",
      });
      if (!sure) return;
      await attempt(async () => {
        setSecret((await ask<{ readonly secret: string }>(`${path}/secret`, { method: "POST", body: {} })).secret);
      });
    },
    async remove() {
      const sure = await confirm({
        title: `Remove “${hookName(hook)}”?`,
        text: "What waits to be sent to it is dropped.",
        action: "Remove the webhook",
        danger: true,
      });
      if (!sure) return;
      await attempt(async () => {
        await ask(path, { method: "DELETE" });
        go("/webhooks");
      });
    },
  };
}
