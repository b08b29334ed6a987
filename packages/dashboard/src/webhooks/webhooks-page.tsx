import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { accountsQuery } from "../api/queries.ts";
import { useMe } from "../shell/me.ts";
import { useTitle } from "../shell/title.ts";
import { Icon } from "../ui/icons.tsx";
import { PageHead } from "../ui/panel.tsx";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { healthOf } from "./health.ts";
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
            <ul className="hooks">
              {all.map((hook) => (
                <HookCard key={hook.id} hook={hook} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function HookCard({ hook }: { hook: Hook }) {
  const { owner, accountId } = useMe();
  const accounts = useQuery({ ...accountsQuery, enabled: owner });
  const newest = useQuery(newestDeliveriesQuery(hook.id));
  const health = healthOf(newest.data ?? []);
  const trouble = troubleOf(hook);
  const whose = hook.accountId === accountId ? undefined : accounts.data?.find(({ id }) => id === hook.accountId)?.name;
  return (
    <li>
      <Link to={`/webhooks/${hook.id}`} className="hook">
        <span
          className={`hook-light hook-${trouble !== undefined ? "off" : health.failing ? "failing" : "well"}`}
          aria-hidden
        />
        <span className="hook-main">
          <strong className="clip">{hookName(hook)}</strong>
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
          <strong>{health.rate === undefined ? "–" : `${Math.round(health.rate * 100)} %`}</strong>
          <span className="muted small">delivered</span>
        </span>
        <span className="hook-fact">
          <strong>{health.failedAt === undefined ? "none" : <Time at={health.failedAt} />}</strong>
          <span className="muted small">last failure</span>
        </span>
      </Link>
    </li>
  );
}
