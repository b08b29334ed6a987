import { useQuery } from "@tanstack/react-query";
import { accountsQuery, devicesQuery, viewingsQuery } from "../api/queries.ts";
import { useMe } from "../shell/me.ts";
import { Panel } from "../ui/panel.tsx";
import { Loaded, Skeletons } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";

/** Who has played it, newest first. */
export function ItemHistory({ id }: { id: string }) {
  const { owner, name } = useMe();
  const viewings = useQuery(viewingsQuery(id));
  const accounts = useQuery({ ...accountsQuery, enabled: owner });
  const devices = useQuery({ ...devicesQuery, enabled: owner });
  const nameOf = (account: number) =>
    owner ? (accounts.data?.find((one) => one.id === account)?.name ?? `account ${account}`) : name;
  return (
    <Panel title="Played">
      <Loaded query={viewings} waiting={<Skeletons count={2} className="row-skeleton" />}>
        {({ items, total }) =>
          items.length === 0 ? (
            <p className="muted small">Not yet.</p>
          ) : (
            <>
              <ul className="viewings">
                {items.map(({ historyKey, accountID, viewedAt, title, deviceID }) => (
                  <li key={historyKey}>
                    <span className="clip">
                      <strong>{nameOf(accountID)}</strong>{" "}
                      <span className="muted">
                        {title}
                        {deviceID === undefined
                          ? ""
                          : ` · ${devices.data?.find((device) => device.id === deviceID)?.name ?? ""}`}
                      </span>
                    </span>
                    <span className="muted">
                      <Time at={viewedAt * 1000} />
                    </span>
                  </li>
                ))}
              </ul>
              {total > items.length ? <p className="muted small">and {total - items.length} times before</p> : null}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}
