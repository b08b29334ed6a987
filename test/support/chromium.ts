import { type Browser, chromium, type Page } from "playwright-core";

/** Debian's. It runs as root in containers, so without a sandbox, and calls nobody by itself. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      // A page of a name that was made to point here.
      "--host-resolver-rules=MAP rebound.example 127.0.0.1",
    ],
  });
}

/** An empty page of that origin. */
export async function pageOf(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}
