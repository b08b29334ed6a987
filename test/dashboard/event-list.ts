import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { ReelayProcess } from "../support/reelay-process.ts";

const TICK_MS = 100;

/**
 * Makes events at a steady rate: `preference.changed`, each with a number of its own, from 0. What a slow moment left out
 * is caught up with.
 * @param rate per second
 * @returns how many there were
 */
export async function tellSteadily(
  server: Pick<ReelayProcess, "fetch">,
  rate: number,
  seconds: number,
): Promise<number> {
  const total = Math.round(rate * seconds);
  const start = performance.now();
  for (let told = 0; told < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - start + TICK_MS) / 1_000) * rate));
    const names = Array.from({ length: Math.max(0, due - told) }, (_, at) => `box-${told + at}-`);
    await Promise.all(names.map((name) => tell(server, name)));
    told += names.length;
    await delay(Math.max(0, (told / rate) * 1_000 - (performance.now() - start)));
  }
  return total;
}

async function tell(server: Pick<ReelayProcess, "fetch">, name: string): Promise<void> {
  const answer = await server.fetch(`/:/prefs?FriendlyName=${name}`, { method: "PUT" });
  if (!answer.ok) throw new Error(`a preference was refused: ${answer.status}`);
}

/** The numbers of those events that are in the log, from the newest to the oldest. */
export async function numbersInLog(server: Pick<ReelayProcess, "fetch">): Promise<number[]> {
  const numbers: number[] = [];
  for (let before: string | null = ""; before !== null; ) {
    const more = before === "" ? "" : `&before=${before}`;
    const answer = await server.fetch(`/api/v1/events/history?type=preference.changed&limit=500${more}`);
    const page = (await answer.json()) as { readonly events: readonly object[]; readonly next: string | null };
    for (const event of page.events) {
      const number = /box-(\d+)-/.exec(JSON.stringify(event))?.[1];
      if (number !== undefined) numbers.push(Number(number));
    }
    before = page.next;
  }
  return numbers;
}

/** The numbers of those events that are in the list of the page, from the newest to the oldest, each as often as it is there. */
export function numbersInList(page: Page): Promise<number[]> {
  return page.getByRole("list", { name: "Events, newest first" }).evaluate(async (list) => {
    const found = new Map<number, number>();
    for (let top = 0; top <= list.scrollHeight; top += list.clientHeight * 0.9) {
      list.scrollTo({ top });
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      for (const row of list.querySelectorAll("[role=listitem]")) {
        const number = /box-(\d+)-/.exec(row.textContent ?? "")?.[1];
        if (number !== undefined) found.set(Number(row.getAttribute("aria-posinset")), Number(number));
      }
    }
    return [...found].toSorted(([a], [b]) => a - b).map(([, number]) => number);
  });
}
