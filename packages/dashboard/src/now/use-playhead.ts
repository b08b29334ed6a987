import { useEffect, useRef } from "react";
import { playTime } from "../ui/time.tsx";
import type { Playback } from "./use-sessions.ts";

/**
 * Moves smoothly between two reports, as the player does, and stands where it is told to when one comes. Written past
 * React: a frame costs nothing but itself.
 */
export function usePlayhead({ offset, heardAt, state, duration }: Playback) {
  const at = useRef<HTMLSpanElement>(null);
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let frame: number | undefined;
    let shown = "";
    const draw = () => {
      const moved = state === "playing" ? Date.now() - heardAt : 0;
      const place = Math.min(duration ?? Number.POSITIVE_INFINITY, offset + moved);
      const text = playTime(place);
      if (at.current !== null && text !== shown) at.current.textContent = text;
      shown = text;
      const share = duration === undefined || duration === 0 ? 0 : place / duration;
      if (bar.current !== null) bar.current.style.transform = `scaleX(${share})`;
      if (state === "playing" && share < 1) frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [offset, heardAt, state, duration]);
  return { at, bar };
}
