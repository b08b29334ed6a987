import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { healthQuery, upstreamsQuery } from "../api/queries.ts";
import type { Health } from "../api/types.ts";
import { Icon } from "../ui/icons.tsx";
import { Fact, Panel } from "../ui/panel.tsx";
import { Loaded, Skeletons } from "../ui/states.tsx";
import { byteSize, span, Time } from "../ui/time.tsx";

export function HealthPanel() {
  const health = useQuery(healthQuery);
  return (
    <Panel
      title="Health"
      aside={
        health.data === undefined ? undefined : (
          <span className={`health-word health-${health.data.status}`}>
            <Icon name={health.data.status === "ok" ? "check" : "warning"} size={15} />
            {health.data.status === "ok" ? "All well" : "Degraded"}
          </span>
        )
      }
    >
      <Loaded query={health} waiting={<Skeletons count={6} className="fact-skeleton" />}>
        {(data) => <HealthFacts health={data} />}
      </Loaded>
    </Panel>
  );
}

const alarmNames: Readonly<Record<string, string>> = {
  "database-corrupted": "The database is damaged",
  "storage-unwritable": "The data folder cannot be written",
};

function HealthFacts({
  health: { alarms, subscribers, database, disk, position, uptime, version, webhooks },
}: {
  health: Health;
}) {
  const upstreams = useQuery(upstreamsQuery);
  const streams = subscribers.sse + subscribers.websocket + subscribers.lines;
  return (
    <>
      {alarms.map(({ kind, time, detail }) => (
        <div key={kind} className="failure" role="alert">
          <Icon name="warning" />
          <div>
            <p className="failure-title">{alarmNames[kind] ?? kind}</p>
            <p>{detail}</p>
            <p className="muted">
              since <Time at={time} />
            </p>
          </div>
        </div>
      ))}
      <dl className="small">
        <Fact name="Subscribers">
          {streams}
          {subscribers.behind > 0 ? `, ${subscribers.behind} behind` : ""}
        </Fact>
        <Fact name="Deliveries waiting">
          {webhooks.waiting}
          {webhooks.failing > 0 ? (
            <>
              ,{" "}
              <Link to="/webhooks" className="link">
                {webhooks.failing} failing
              </Link>
            </>
          ) : null}
        </Fact>
        {upstreams.data?.map(({ name, url, state }) => (
          <Fact key={url} name={name}>
            <Link to="/settings/servers" className="link">
              {state}
            </Link>
          </Fact>
        ))}
        <Fact name="Position">
          <span className="mono" title={position.last}>
            {position.last.split("-").at(-1)}
          </span>
        </Fact>
        <Fact name="Database">{byteSize(database.bytes + database.logBytes)}</Fact>
        {disk === null ? null : (
          <Fact name="Disk">
            {byteSize(disk.freeBytes)} free of {byteSize(disk.totalBytes)}
          </Fact>
        )}
        <Fact name="Up for">{span(uptime)}</Fact>
        <Fact name="Version">{version}</Fact>
      </dl>
    </>
  );
}
