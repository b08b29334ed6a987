import { lazy, Suspense, useEffect, useRef } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import type { Me } from "../sign-in/session.ts";
import { Empty, Waiting } from "../ui/states.tsx";
import { MeContext } from "./me.ts";
import { Navigation } from "./navigation.tsx";
import { PageBoundary } from "./page-boundary.tsx";
import { StreamBanner } from "./stream-banner.tsx";

const NowPage = lazy(() => import("../now/now-page.tsx"));
const EventsPage = lazy(() => import("../events/events-page.tsx"));
const LibraryPage = lazy(() => import("../library/library-page.tsx"));
const ItemPage = lazy(() => import("../library/item-page.tsx"));
const WebhooksPage = lazy(() => import("../webhooks/webhooks-page.tsx"));
const HookPage = lazy(() => import("../webhooks/hook-page.tsx"));
const EditPage = lazy(() => import("../webhooks/edit-page.tsx"));
const SettingsPage = lazy(() => import("../settings/settings-page.tsx"));

/** The frame of all pages: where one can go, and whether what is shown is up to date. */
export function Shell({ me }: { me: Me }) {
  const main = useRef<HTMLElement>(null);
  useFocusOnNewPage(main);
  return (
    <MeContext value={me}>
      <button type="button" className="skip-link" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <div className="shell">
        <Navigation />
        <main id="main" ref={main} tabIndex={-1} className="main">
          <StreamBanner />
          <PageBoundary>
            <Suspense fallback={<Waiting what="the page" />}>
              <Switch>
                <Route path="/">
                  <Redirect to="/now" replace />
                </Route>
                <Route path="/now">
                  <NowPage />
                </Route>
                <Route path="/events">
                  <EventsPage />
                </Route>
                <Route path="/webhooks">
                  <WebhooksPage />
                </Route>
                <Route path="/webhooks/new">
                  <EditPage id={undefined} />
                </Route>
                <Route path="/webhooks/:id/edit">{({ id }) => <EditPage key={id} id={id} />}</Route>
                <Route path="/webhooks/:id">{({ id }) => <HookPage key={id} id={id} />}</Route>
                <Route path="/library/item/:id">{({ id }) => <ItemPage key={id} id={id} />}</Route>
                <Route path="/library/:section?">{({ section }) => <LibraryPage section={section} />}</Route>
                <Route path="/settings/:tab?">{({ tab }) => <SettingsPage tab={tab} />}</Route>
                <Route>
                  <Empty page icon="search" title="There is no such page">
                    The address may be misspelled, or of another version.
                  </Empty>
                </Route>
              </Switch>
            </Suspense>
          </PageBoundary>
        </main>
      </div>
    </MeContext>
  );
}

/** As a new document would: from the top, and read out from there. */
function useFocusOnNewPage(main: React.RefObject<HTMLElement | null>): void {
  const [path] = useLocation();
  const page = path.split("/").slice(0, 4).join("/");
  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page is what it waits for
  useEffect(() => {
    if (!first.current) {
      window.scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [page, main]);
}
