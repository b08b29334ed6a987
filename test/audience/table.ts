import type { MediaEventType } from "../../packages/server/src/events/media-event.ts";
import { forAdmins, inSections, MEMBER, OWNER, ofAccounts, type Row, SHARED } from "./onlookers.ts";
import { playback } from "./table-playback.ts";

const activity = (n: number) => ({
  uuid: `0190163d-8694-739b-aea5-${String(n).padStart(12, "0")}`,
  type: "library.update.section",
  cancellable: true,
  userID: OWNER,
  title: `Work ${n}`,
  subtitle: "",
  progress: 50,
});
const item = (n: number) => ({ sectionId: SHARED, itemId: n, metadataType: 1, updatedAt: 1_700_000_000 });
const named = (n: number) => ({ ...item(n), title: `Film ${n}` });
const upstream = (n: number) => ({ name: `nas-${n}` });
const account = (n: number) => ({ accountId: 1_000 + n, name: `Account ${n}` });

/** Who may see what, written down a second time: by what each type is about. A new type without a row does not compile. */
export const table: { readonly [T in MediaEventType]: Row<T> } = {
  "activity.started": { addressed: [...ofAccounts, ...forAdmins], facts: activity },
  "activity.updated": { addressed: [...ofAccounts, ...forAdmins], facts: activity },
  "activity.ended": { addressed: [...ofAccounts, ...forAdmins], facts: activity },
  "status.announced": {
    addressed: [...inSections, ...ofAccounts, ...forAdmins],
    facts: (n) => ({ title: `Status ${n}`, description: "", notificationName: "LIBRARY_UPDATE" }),
  },
  "scan.progressed": { addressed: inSections, facts: (n) => ({ message: `At ${n}` }) },
  "item.created": { addressed: inSections, facts: item },
  "item.processing": { addressed: inSections, facts: (n) => ({ ...named(n), state: 1, queueSize: 1 }) },
  "item.analyzing": { addressed: inSections, facts: (n) => ({ ...named(n), mediaState: "analyzing" }) },
  "item.ready": { addressed: inSections, facts: named },
  "item.updated": { addressed: [...inSections, ...ofAccounts], facts: named },
  "item.arrived": {
    addressed: inSections,
    facts: (n) => ({ ...named(n), count: 1, rolledUp: [] }),
    silent: true,
  },
  "item.deleted": { addressed: inSections, facts: item },
  "preference.changed": {
    addressed: forAdmins,
    facts: (n) => ({
      ...{ id: "FriendlyName", label: "Name", summary: "", type: "text", default: "", value: `Name ${n}` },
      ...{ hidden: false, advanced: false, group: "general" },
    }),
  },
  "account.added": { addressed: forAdmins, facts: account },
  "account.changed": { addressed: forAdmins, facts: (n) => ({ ...account(n), changed: ["name"] }) },
  "account.removed": { addressed: forAdmins, facts: account },
  "reachability.changed": {
    addressed: forAdmins,
    facts: (n) => ({ reachable: n % 2 === 0, url: `http://203.0.113.9:${n}` }),
  },
  "device.appeared": {
    addressed: forAdmins,
    facts: (n) => ({
      ...{ clientIdentifier: `device-${n}`, name: "TV", platform: "", platformVersion: "", product: "", version: "" },
      ...{ device: "", model: "", vendor: "", accountId: MEMBER, local: true, publicAddress: "203.0.113.9" },
    }),
    silent: true,
  },
  "database.backed-up": {
    addressed: forAdmins,
    facts: (n) => ({ file: `backup-${n}.db`, bytes: 1, durationMs: 1 }),
    silent: true,
  },
  "database.corrupted": { addressed: forAdmins, facts: (n) => ({ detail: `page ${n}` }), silent: true },
  "upstream.connected": { addressed: forAdmins, facts: upstream, silent: true },
  "upstream.disconnected": {
    addressed: forAdmins,
    facts: (n) => ({ ...upstream(n), reason: "lost" }),
    silent: true,
  },
  "upstream.refused": { addressed: forAdmins, facts: (n) => ({ ...upstream(n), reason: "no token" }), silent: true },
  "upstream.gap": {
    addressed: forAdmins,
    facts: (n) => ({ ...upstream(n), from: n, to: n + 1, healed: 0, unasked: [] }),
    silent: true,
  },
  // Told by the notification that came; these came without.
  "upstream.notified": {
    addressed: [...inSections, ...forAdmins],
    facts: () => ({ type: "provider.content.change" }),
    silent: true,
  },
  "upstream.progressed": {
    addressed: [...inSections, ...forAdmins],
    facts: () => ({ type: "progress" }),
    silent: true,
  },
  ...playback,
};
