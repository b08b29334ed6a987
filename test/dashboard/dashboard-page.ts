import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { ReelayProcess } from "../support/reelay-process.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What the page's policy refused, and what its script failed at. Nothing of both may be. */
export interface Complaints {
  readonly all: string[];
}

export interface OpenOptions {
  /** Default: the owner's. */
  readonly token?: string;
  readonly scheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

/** A browser of its own, signed in, on a page of the dashboard. */
export async function openDashboard(
  browser: Browser,
  server: Pick<ReelayProcess, "url" | "token">,
  path: string,
  { token = server.token, scheme = "light", width = 1280, height = 860 }: OpenOptions = {},
): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly complaints: Complaints }> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  const answer = await context.request.post(`${server.url}/api/v1/sign-in`, {
    data: { token },
    headers: { origin: server.url },
  });
  if (!answer.ok()) throw new Error(`signing in failed: ${answer.status()} ${await answer.text()}`);
  const page = await context.newPage();
  const complaints = await watch(page);
  await page.goto(`${server.url}/web/${path}`);
  return { page, context, complaints };
}

/** Notes what goes wrong in a page from now on. */
export async function watch(page: Page): Promise<Complaints> {
  const all: string[] = [];
  await page.exposeFunction("complain", (text: string) => all.push(text));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
      Reflect.get(globalThis, "complain")(`policy: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
    });
  });
  page.on("pageerror", (error) => all.push(`error: ${error.message}`));
  return { all };
}

/** Notes how far what is shown moves by itself in the documents that a page opens from now on. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: string[] = [];
    Object.assign(globalThis, { shifts, shifted: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & LayoutShift)[]) {
        if (entry.hadRecentInput) continue;
        Reflect.set(globalThis, "shifted", Reflect.get(globalThis, "shifted") + entry.value);
        const moved = entry.sources.map(({ node }) => (node instanceof Element ? node.outerHTML.slice(0, 120) : "?"));
        shifts.push(`${entry.value.toFixed(4)} ${moved.join(" | ")}`);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

interface LayoutShift {
  readonly value: number;
  readonly hadRecentInput: boolean;
  readonly sources: readonly { readonly node: Node | null }[];
}

/** The cumulative layout shift of the document that is open, and what moved. 0.1 is what is called good. */
export function shiftsOf(page: Page): Promise<{ readonly shifted: number; readonly shifts: readonly string[] }> {
  return page.evaluate(() => ({
    shifted: Reflect.get(globalThis, "shifted") as number,
    shifts: Reflect.get(globalThis, "shifts") as string[],
  }));
}

/** By how much the page is wider than its screen, px: then it scrolls sideways. */
export function sidewaysOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** What axe calls serious or critical, one line each. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // By the debugger, which no policy binds.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await Reflect.get(globalThis, "axe").run(document, {
      resultTypes: ["violations"],
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return (violations as readonly AxeViolation[])
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
  });
}

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}
