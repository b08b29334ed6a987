import { useQuery } from "@tanstack/react-query";
import { upstreamsQuery } from "../api/queries.ts";
import { Panel } from "../ui/panel.tsx";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";

const states = { connecting: "Connecting", connected: "Connected", refused: "Refused" } as const;

/** Plex servers whose events are told here. */
export function UpstreamsTab() {
  const upstreams = useQuery({ ...upstreamsQuery, refetchInterval: 10_000 });
  return (
    <Loaded query={upstreams} waiting={<Waiting what="servers" />}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon="send" title="Reelay stands alone">
            Started with <code className="mono">--plex</code> it also tells what happens on a Plex server.
          </Empty>
        ) : (
          all.map(({ name, url, state, since, reason, version }) => (
            <Panel
              key={url}
              title={name}
              aside={<span className={`server-state server-${state}`}>{states[state]}</span>}
            >
              <p className="small">
                <span className="mono">{url}</span>
                {version === undefined ? "" : ` · ${version}`}
              </p>
              <p className="muted small">
                since <Time at={since} />
                {reason === undefined ? "" : ` · ${reason}`}
              </p>
            </Panel>
          ))
        )
      }
    </Loaded>
  );
}
