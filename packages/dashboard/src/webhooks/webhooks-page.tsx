import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { accountsQuery } from "../api/queries.ts";
import { useMe } from "../shell/me.ts";
import { useTitle } from "../shell/title.ts";
import { Icon } from "../ui/icons.tsx";
import { PageHead } from "../ui/panel.tsx";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { WindowRows } from "../ui/window-rows.tsx";
import { healthOf, percent } from "./health.ts";
import { HookLight } from "./hook-light.tsx";
import { LatencyPlot } from "./latency-plot.tsx";
import { hooksQuery, newestDeliveriesQuery } from "./queries.ts";
import type { Hook } from "./types.ts";
import { hookName, hostOf, troubleOf } from "./words.ts";
import "./webhooks.css";

/** Who is sent what, and how that goes. */
export default function WebhooksPage() {
  useTitle("Webhooks");
  const [, go] = useLocation();
  const hooks = useQuery(hooksQuery);
  return (
    <>
      <PageHead title="Webhooks">
        <Button leftSection={<Icon name="add" size={16} />} onClick={() => go("/webhooks/new")}>
          New webhook
        </Button>
      </PageHead>
      <Loaded query={hooks} waiting={<Waiting what="webhooks" />}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="webhooks" title="Nobody is sent anything yet">
              A webhook sends what happens to another program: to lights that dim, to a scrobbler, to a chat.
            </Empty>
          ) : (
            <Hooks all={all} />
          )
        }
      </Loaded>
    </>
  );
}

/** So many are seen at a glance. */
const FEW = 8;

function Hooks({ all }: { all: readonly Hook[] }) {
  const [text, setText] = useState("");
  const sought = text.trim().toLowerCase();
  const found = all.filter((hook) =>
    [hook.description, hook.url, ...hook.events].join("\n").toLowerCase().includes(sought),
  );
  return (
    <>
      {all.length <= FEW ? null : (
        <TextInput
          aria-label="Search webhooks"
          placeholder={`Search in ${all.length.toLocaleString()} webhooks`}
          leftSection={<Icon name="search" size={16} />}
          value={text}
          onChange={({ currentTarget: { value } }) => setText(value)}
          maw="20rem"
          mb="md"
        />
      )}
      {found.length === 0 ? <Empty icon="search" title="No webhook is like this" /> : null}
      <WindowRows count={found.length} rowHeight={72} gap={10} label="Webhooks">
        {(at) => {
          const hook = found[at];
          return hook === undefined ? null : <HookCard key={hook.id} hook={hook} />;
        }}
      </WindowRows>
    </>
  );
}

function HookCard({ hook }: { hook: Hook }) {
  const { owner, accountId } = useMe();
  const accounts = useQuery({ ...accountsQuery, enabled: owner });
  const newest = useQuery(newestDeliveriesQuery(hook.id));
  const { rate, failedAt } = healthOf(newest.data ?? []);
  const trouble = troubleOf(hook);
  const whose = hook.accountId === accountId ? undefined : accounts.data?.find(({ id }) => id === hook.accountId)?.name;
  return (
    <Link to={`/webhooks/${hook.id}`} className="hook">
      <HookLight hook={hook} />
      <span className="hook-main">
        <strong className="clip" title={hookName(hook)}>
          {hookName(hook)}
        </strong>
        <span className="muted small clip">
          {[
            whose,
            hook.description === "" ? undefined : hostOf(hook.url),
            hook.events.length === 0 ? "all events" : hook.events.join(", "),
            trouble,
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </span>
      <span className="hook-plot">
        <LatencyPlot deliveries={newest.data ?? []} />
      </span>
      <span className="hook-fact">
        <strong>{rate === undefined ? "–" : percent(rate)}</strong>
        <span className="muted small">delivered</span>
      </span>
      <span className="hook-fact">
        <strong>{failedAt === undefined ? "none" : <Time at={failedAt} />}</strong>
        <span className="muted small">last failure</span>
      </span>
    </Link>
  );
}
