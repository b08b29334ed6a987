import type { Row, Transaction } from "../storage/index.ts";
import { ReelayError, type SecretBox } from "../support/index.ts";
import type { DisabledReason, Hook } from "./hook.ts";

/** What is written as it is. */
type Settings = Pick<
  Hook,
  "description" | "events" | "filter" | "format" | "thumb" | "maxAge" | "latestOnly" | "settleMs" | "oldSecretUntil"
>;

/** What is sealed. */
type Sealed = Pick<Hook, "url" | "headers" | "secrets"> & Partial<Pick<Hook, "custom" | "ca">>;

const EMPTY: Sealed = { url: "", headers: {}, secrets: [] };

export function hookFromRow(row: Row, box: SecretBox): Hook {
  const id = String(row.id);
  return {
    id,
    accountId: Number(row.account_id),
    ...(JSON.parse(String(row.settings)) as Settings),
    ...opened(id, row.sealed as Uint8Array, box),
    enabled: row.enabled === 1,
    ...(row.disabled_reason === null ? {} : { disabledReason: row.disabled_reason as DisabledReason }),
    ...(row.failing_since === null ? {} : { failingSince: Number(row.failing_since) }),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

function opened(id: string, sealed: Uint8Array, box: SecretBox): Sealed & { readonly unreadable?: true } {
  try {
    return JSON.parse(box.open(sealed, contextOf(id))) as Sealed;
  } catch (error) {
    if (error instanceof ReelayError && error.code === "REELAY_SECRET_UNREADABLE")
      return { ...EMPTY, unreadable: true };
    throw error;
  }
}

/** Adds it, or changes what is there; what could not be read stays sealed as it is. */
export function writeHook(tx: Transaction, hook: Hook, box: SecretBox): void {
  const values = [settingsText(hook), Number(hook.enabled), hook.disabledReason ?? null, hook.failingSince ?? null];
  if (hook.unreadable) {
    tx.run(
      "UPDATE hooks SET settings = ?, enabled = ?, disabled_reason = ?, failing_since = ?, updated_at = ? WHERE id = ?",
      ...values,
      hook.updatedAt,
      hook.id,
    );
    return;
  }
  const { url, headers, secrets, custom, ca } = hook;
  const sealed: Sealed = { url, headers, secrets, ...(custom && { custom }), ...(ca === undefined ? {} : { ca }) };
  tx.run(
    `INSERT INTO hooks (settings, enabled, disabled_reason, failing_since, sealed, id, account_id, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, enabled = excluded.enabled,
       disabled_reason = excluded.disabled_reason, failing_since = excluded.failing_since, sealed = excluded.sealed,
       updated_at = excluded.updated_at`,
    ...values,
    box.seal(JSON.stringify(sealed), contextOf(hook.id)),
    hook.id,
    hook.accountId,
    hook.createdAt,
    hook.updatedAt,
  );
}

function settingsText(hook: Hook): string {
  const { description, events, filter, format, thumb, maxAge, latestOnly, settleMs, oldSecretUntil } = hook;
  const settings: Settings = { description, events, filter, format, thumb, maxAge, latestOnly, settleMs };
  return JSON.stringify(oldSecretUntil === undefined ? settings : { ...settings, oldSecretUntil });
}

/** Sealed for this hook: it cannot be put into the row of another. */
function contextOf(id: string): string {
  return `hook ${id}`;
}
