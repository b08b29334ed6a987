import type { ReactNode } from "react";
import { Link, Redirect } from "wouter";
import { useMe } from "../shell/me.ts";
import { useTitle } from "../shell/title.ts";
import { PageHead } from "../ui/panel.tsx";
import { Empty } from "../ui/states.tsx";
import { AccountsTab } from "./accounts-tab.tsx";
import { DevicesTab } from "./devices-tab.tsx";
import { MaintenanceTab } from "./maintenance-tab.tsx";
import { PreferencesTab } from "./preferences-tab.tsx";
import { UpstreamsTab } from "./upstreams-tab.tsx";
import "./settings.css";

const tabs: readonly { readonly id: string; readonly name: string; readonly show: () => ReactNode }[] = [
  { id: "accounts", name: "Accounts", show: () => <AccountsTab /> },
  { id: "devices", name: "Devices", show: () => <DevicesTab /> },
  { id: "preferences", name: "Preferences", show: () => <PreferencesTab /> },
  { id: "maintenance", name: "Maintenance", show: () => <MaintenanceTab /> },
  { id: "servers", name: "Other servers", show: () => <UpstreamsTab /> },
];

/** What the owner sets. */
export default function SettingsPage({ tab }: { tab: string | undefined }) {
  const { owner } = useMe();
  const chosen = tabs.find(({ id }) => id === tab);
  useTitle(chosen === undefined ? "Settings" : `${chosen.name} · Settings`);
  if (!owner) {
    return (
      <Empty page icon="settings" title="These are for the owner">
        Who runs this server sets it up.
      </Empty>
    );
  }
  if (chosen === undefined) return <Redirect to="/settings/accounts" replace />;
  return (
    <>
      <PageHead title="Settings" />
      <div className="settings">
        <nav aria-label="Settings">
          <ul className="settings-tabs">
            {tabs.map(({ id, name }) => (
              <li key={id}>
                <Link
                  to={`/settings/${id}`}
                  ref={id === tab ? showTab : undefined}
                  className={id === tab ? "settings-tab settings-tab-here" : "settings-tab"}
                  {...(id === tab ? { "aria-current": "page" } : {})}
                >
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="settings-body">{chosen.show()}</div>
      </div>
    </>
  );
}

/** On a phone not all of them have room at once. */
function showTab(tab: HTMLElement | null): void {
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
}
