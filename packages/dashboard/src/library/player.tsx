import { ActionIcon } from "@mantine/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { urlOf } from "../api/client.ts";
import type { Item, MediaEvent } from "../api/types.ts";
import { useBatches } from "../live/live-context.tsx";
import { Icon } from "../ui/icons.tsx";
import { identifier } from "./this-player.ts";
import { TimelineReporter } from "./timeline-reporter.ts";

/** Plays the file as it is, and reports it as any player does: what is played here is seen by everyone who listens. */
export function Player({ item, from, onClose }: { item: Item; from: number; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const reporter = useRef<TimelineReporter>(undefined);
  const [problem, setProblem] = useState<string>();
  const { ratingKey, duration } = item;
  const part = item.Media?.[0]?.Part[0];
  const isAudio = item.type === "track";

  const end = useCallback((text: string) => {
    video.current?.pause();
    setProblem(text);
  }, []);
  useEffect(() => {
    const { current } = video;
    if (current === null) return;
    const made = new TimelineReporter({ ratingKey, duration }, current, end);
    reporter.current = made;
    current.focus({ preventScroll: true });
    return () => made.close();
  }, [ratingKey, duration, end]);
  useBatches((events) => {
    if (events.some(isEndOfThis)) reporter.current?.repeat();
  });

  if (part === undefined) return null;
  return (
    <section className={isAudio ? "player player-audio" : "player"} aria-label={`Player: ${item.title}`}>
      {/* biome-ignore lint/a11y/useMediaCaption: the file is played as it is, with what captions it has */}
      <video
        ref={video}
        src={urlOf(part.key).href}
        controls
        autoPlay
        playsInline
        onLoadedMetadata={({ currentTarget }) => {
          if (from > 0) currentTarget.currentTime = from / 1000;
        }}
        onError={() => setProblem("This browser cannot play the file.")}
      />
      <ActionIcon className="player-close" variant="default" size="lg" aria-label="Stop and close" onClick={onClose}>
        <Icon name="close" />
      </ActionIcon>
      {problem === undefined ? null : (
        <p className="player-problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

/** A session of this browser ended: if that was not done here, the owner has done it. */
function isEndOfThis({ type, facts }: MediaEvent): boolean {
  const { uuid } = (facts.player ?? {}) as { readonly uuid?: string };
  return type === "session.stopped" && uuid === identifier();
}
