import { Checkbox, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { preferencesQuery } from "../api/queries.ts";
import type { Preference } from "../api/types.ts";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { PreferenceRow } from "./preference-row.tsx";

const groupNames: Readonly<Record<string, string>> = {
  general: "General",
  library: "Library",
  network: "Network",
  butler: "Maintenance",
  events: "Events",
  webhooks: "Webhooks",
  security: "Security",
};

/** What can be set while the server runs; all takes effect at once. */
export function PreferencesTab() {
  const preferences = useQuery(preferencesQuery);
  const [text, setText] = useState("");
  const [advanced, setAdvanced] = useState(false);
  const sought = text.trim().toLowerCase();
  const fits = ({ id, label, summary, hidden, advanced: rare }: Preference) =>
    !hidden && (sought === "" ? advanced || !rare : `${id}\n${label}\n${summary}`.toLowerCase().includes(sought));
  return (
    <Loaded query={preferences} waiting={<Waiting what="preferences" />}>
      {(all) => {
        const shown = all.filter(fits);
        const groups = [...new Set(shown.map(({ group }) => group))];
        return (
          <>
            <div className="preference-bar">
              <TextInput
                aria-label="Search preferences"
                placeholder="Search"
                leftSection={<Icon name="search" size={16} />}
                value={text}
                onChange={({ currentTarget: { value } }) => setText(value)}
              />
              <Checkbox
                label="Show what is rarely needed"
                checked={advanced || sought !== ""}
                disabled={sought !== ""}
                onChange={({ currentTarget: { checked } }) => setAdvanced(checked)}
              />
            </div>
            {groups.length === 0 ? <Empty icon="search" title="No preference is like this" /> : null}
            {groups.map((group) => (
              <Panel key={group} title={groupNames[group] ?? group} flush>
                <ul className="preferences">
                  {shown
                    .filter((preference) => preference.group === group)
                    .map((preference) => (
                      <PreferenceRow key={preference.id} preference={preference} />
                    ))}
                </ul>
              </Panel>
            ))}
          </>
        );
      }}
    </Loaded>
  );
}
