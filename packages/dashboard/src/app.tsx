import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Router } from "wouter";
import { ApiError } from "./api/client.ts";
import { meQuery } from "./api/queries.ts";
import { LiveProvider } from "./live/live-context.tsx";
import { Shell } from "./shell/shell.tsx";
import { signIn, takeCode } from "./sign-in/session.ts";
import { cssVariables, theme } from "./theme.ts";
import { FeedbackProvider } from "./ui/feedback.tsx";
import { Failure, Waiting } from "./ui/states.tsx";

const SignInPage = lazy(() => import("./sign-in/sign-in-page.tsx"));

const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce;
// What locks scrolling under a dialog makes a <style>, and looks for the nonce here.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const refused = (error: unknown) => error instanceof ApiError && error.status >= 400 && error.status < 500;

const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5_000, retry: (failures, error) => !refused(error) && failures < 2 },
  },
});

/** The page's own path, below which all of its addresses are. */
const base = new URL(document.baseURI).pathname.replace(/\/$/, "");

export function App() {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={cssVariables}
      getStyleNonce={() => nonce ?? ""}
    >
      <QueryClientProvider client={queries}>
        <FeedbackProvider>
          <Router base={base}>
            <Entrance />
          </Router>
        </FeedbackProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** Lets in who is signed in, by a link or from before. */
function Entrance() {
  const client = useQueryClient();
  const [code, setCode] = useState(takeCode);
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => {
    if (code === undefined) return;
    signIn({ code })
      .catch(setProblem)
      .finally(() => setCode(undefined));
  }, [code]);
  const who = useQuery({ ...meQuery, enabled: code === undefined });

  if (refused(who.error)) {
    return (
      <Suspense fallback={<Waiting what="Reelay" />}>
        <SignInPage problem={problem} onDone={() => void client.resetQueries()} />
      </Suspense>
    );
  }
  if (who.data !== undefined && code === undefined) {
    return (
      <LiveProvider>
        <Shell me={who.data} />
      </LiveProvider>
    );
  }
  if (who.error) return <Failure error={who.error} retry={() => void who.refetch()} />;
  return <Waiting what="Reelay" />;
}
