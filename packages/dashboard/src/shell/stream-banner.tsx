import { useEffect, useState } from "react";
import { useLive, useStreamState } from "../live/live-context.tsx";
import { Icon } from "../ui/icons.tsx";

/** Shorter losses are nobody's business. */
const PATIENCE_MS = 1_500;
const SHOWN_MS = 10_000;

/** Says when what is shown may be old, and when something could not be filled in. */
export function StreamBanner() {
  const state = useStreamState();
  const live = useLive();
  const [lost, setLost] = useState(false);
  const [gap, setGap] = useState(false);
  useEffect(() => {
    if (state === "open") return setLost(false);
    const timer = setTimeout(() => setLost(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [state]);
  useEffect(() => {
    let timer: number | undefined;
    const stop = live.onGap(() => {
      setGap(true);
      clearTimeout(timer);
      timer = window.setTimeout(() => setGap(false), SHOWN_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [live]);
  return (
    <div aria-live="polite" className="stream-banner">
      {lost ? (
        <div className="banner banner-warn">
          <Icon name="warning" />
          <span>The server cannot be reached. What you see is from before; what is missed will be filled in.</span>
        </div>
      ) : gap ? (
        <div className="banner">
          <Icon name="clock" />
          <span>The server no longer keeps some of the events that were missed. All else is up to date.</span>
        </div>
      ) : null}
    </div>
  );
}
