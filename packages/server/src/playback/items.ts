import type { NamedItemFacts } from "../events/index.ts";
import { itemFacts, timelineTitle } from "../library/index.ts";
import type { Row, Transaction } from "../storage/index.ts";

/** An item as events name it. */
export function namedItem(tx: Transaction, row: Row): NamedItemFacts {
  return { ...itemFacts(row), title: timelineTitle(tx, row) };
}
