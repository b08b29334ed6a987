import { activityOf, type ItemBook, isFact, itemFact } from "./facts.ts";
import { isScanComplete } from "./listener.ts";
import type { Told } from "./told.ts";

/** What one scan must cause, known from what was done to the files. */
export interface ScanExpectation {
  readonly section: string;
  readonly created?: readonly string[];
  /** Items that get their one bare 5 without being new. */
  readonly updated?: readonly string[];
  readonly deleted?: readonly string[];
  /** Further `status` notifications, by title. */
  readonly statuses?: readonly string[];
  /** Files and folders that the scan looks at: it cannot tell progress more often. */
  readonly steps?: number;
}

/** What is told between the beginnings of scans: one list for each scan. */
export function splitScans(told: readonly Told[]): Told[][] {
  const scans: Told[][] = [];
  let current: Told[] = [];
  for (const one of told) {
    current.push(one);
    if (!isScanComplete(one)) continue;
    scans.push(current);
    current = [];
  }
  if (current.length > 0) scans.push(current);
  return scans;
}

/**
 * What is wrong with the notifications of one scan; empty if all is well. Facts must be exactly those expected; of
 * progress only the order is compared, and that there is no more of it than there was to tell.
 */
export function problemsOfScan(told: readonly Told[], expected: ScanExpectation, book: ItemBook): string[] {
  const { section, created = [], updated = [], deleted = [], statuses = [] } = expected;
  const facts = book.facts(told);
  const frame = {
    first: [`activity started Scanning ${section}`, `status Scanning the ${section} section`],
    last: [`activity ended Scanning ${section}`, "status Library scan complete"],
  };
  const wanted = [
    ...frame.first,
    ...[...created, ...updated].map((name) => `settled ${name}`),
    ...created.map((name) => `created ${name}`),
    ...deleted.map((name) => `deleted ${name}`),
    ...statuses.map((title) => `status ${title}`),
    ...frame.last,
  ];
  return [
    ...differences(facts, wanted),
    ...[...frame.first, ...frame.last].flatMap((fact, at) =>
      facts.at(at < 2 ? at : at - 4) === fact ? [] : [`${fact} stands in the wrong place: ${facts.join(" | ")}`],
    ),
    ...problemsOfItems(told, book),
    ...problemsOfActivity(told),
    ...["activity", "progress"].flatMap((type) => {
      const count = told.filter((one) => one.type === type && !isFact(one)).length;
      return count > (expected.steps ?? Number.POSITIVE_INFINITY) ? [`${count} times progress by ${type}`] : [];
    }),
  ];
}

function differences(actual: readonly string[], wanted: readonly string[]): string[] {
  const left = [...wanted];
  const extra = actual.filter((fact) => {
    const at = left.indexOf(fact);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...left.map((fact) => `missing: ${fact}`), ...extra.map((fact) => `not expected: ${fact}`)];
}

/** Each item: 0, at most once each of 1–4 upwards, analyzing, thumbnailing, the bare 5; parents around their children. */
function problemsOfItems(told: readonly Told[], book: ItemBook): string[] {
  const problems: string[] = [];
  const timeline = told.filter(({ type }) => type === "timeline");
  const placeOf = (fact: string, itemID: unknown) =>
    timeline.findIndex((one) => itemFact(one) === fact && one.entry.itemID === itemID);
  for (const itemID of new Set(timeline.map(({ entry }) => entry.itemID))) {
    const own = timeline.filter(({ entry }) => entry.itemID === itemID);
    const steps = own.map(step);
    const inOrder = steps.every((value, at) => at === 0 || value > (steps[at - 1] ?? 0));
    if (!inOrder) problems.push(`${book.nameOf(itemID)} goes through ${steps.join(", ")}`);
    const parent = own.find(({ entry }) => entry.parentItemID !== undefined)?.entry.parentItemID;
    if (parent === undefined) continue;
    const before = (first: number, second: number) => first < 0 || second < 0 || first < second;
    const around =
      before(placeOf("created", parent), placeOf("created", itemID)) &&
      before(placeOf("settled", itemID), placeOf("settled", parent)) &&
      before(placeOf("deleted", itemID), placeOf("deleted", parent));
    if (!around) problems.push(`${book.nameOf(itemID)} is not told within ${book.nameOf(parent)}`);
  }
  return problems;
}

function step({ entry }: Told): number {
  if (entry.mediaState === "analyzing") return 5.1;
  if (entry.mediaState === "thumbnailing") return 5.2;
  return entry.state === 5 ? 5.3 : Number(entry.state);
}

/** One activity, its progress upwards; nothing of it before its start or behind its end. */
function problemsOfActivity(told: readonly Told[]): string[] {
  const problems: string[] = [];
  const activities = told.filter(({ type }) => type === "activity").map(activityOf);
  const uuids = new Set(activities.flatMap(({ uuid, Activity }) => [uuid, Activity.uuid]));
  if (uuids.size !== 1) problems.push(`${uuids.size} activities in one scan`);
  const events = activities.map(({ event }) => event);
  const shape = events.map((event) => event[0]).join("");
  if (!/^su*e$/.test(shape)) problems.push(`the activity is told as ${events.join(", ")}`);
  const progress = activities.map(({ Activity }) => Activity.progress);
  if (progress.some((value, at) => at > 0 && value < (progress[at - 1] ?? 0))) {
    problems.push(`progress goes ${progress.join(", ")}`);
  }
  if (progress.at(-1) !== 100) problems.push(`progress ends at ${progress.at(-1)}`);
  const first = told.findIndex(isFact);
  const last = told.findLastIndex(isFact);
  if (first !== 0 || last !== told.length - 1) problems.push("progress is told outside its scan");
  return problems;
}
