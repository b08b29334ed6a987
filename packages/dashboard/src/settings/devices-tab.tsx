import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { accountsQuery, devicesQuery } from "../api/queries.ts";
import type { Device } from "../api/types.ts";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";

/** Players, apps and scripts that have been here, the last one first. */
export function DevicesTab() {
  const devices = useQuery(devicesQuery);
  const accounts = useQuery(accountsQuery);
  const [text, setText] = useState("");
  const nameOf = (id: number | null) => accounts.data?.find((account) => account.id === id)?.name ?? "";
  const fits = (device: Device) =>
    [device.name, device.product, device.platform, device.clientIdentifier, nameOf(device.accountId)]
      .join("\n")
      .toLowerCase()
      .includes(text.trim().toLowerCase());
  return (
    <Loaded query={devices} waiting={<Waiting what="devices" />}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon="device" title="No device has named itself yet">
            A player does with its first request.
          </Empty>
        ) : (
          <>
            <TextInput
              aria-label="Search devices"
              placeholder="Search"
              leftSection={<Icon name="search" size={16} />}
              value={text}
              onChange={({ currentTarget: { value } }) => setText(value)}
              maw="20rem"
            />
            <Panel title={all.length === 1 ? "1 device" : `${all.length} devices`} flush>
              <ul className="rows rows-wide">
                {all
                  .filter(fits)
                  .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
                  .map((device) => (
                    <li key={device.id}>
                      <Icon name="device" size={18} />
                      <span className="row-main">
                        <strong className="clip">{device.name}</strong>
                        <span className="muted small clip">
                          {[device.product, device.version, device.platform].filter(Boolean).join(" · ")}
                        </span>
                      </span>
                      <span className="muted clip row-side">{nameOf(device.accountId)}</span>
                      <span className="muted">
                        <Time at={device.lastSeenAt} />
                      </span>
                    </li>
                  ))}
              </ul>
            </Panel>
          </>
        )
      }
    </Loaded>
  );
}
