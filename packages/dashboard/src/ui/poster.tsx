import { useState } from "react";
import { urlOf } from "../api/client.ts";
import type { ItemType } from "../api/types.ts";
import { Icon, type IconName } from "./icons.tsx";

const icons: Readonly<Record<ItemType, IconName>> = {
  movie: "film",
  show: "show",
  season: "show",
  episode: "show",
  artist: "music",
  album: "music",
  track: "music",
};

export interface PosterProps {
  /** Path of the picture; undefined: there is none. */
  readonly path: string | undefined;
  readonly type: ItemType;
  readonly title: string;
}

const isSquare = (type: ItemType) => type === "artist" || type === "album" || type === "track";

/** The picture of an item, or a card in its place. The room for it is there from the beginning. */
export function Poster({ path, type, title }: PosterProps) {
  const [broken, setBroken] = useState<string>();
  const shape = isSquare(type) ? "poster-square" : "poster-tall";
  if (path !== undefined && broken !== path) {
    return (
      <span className={`poster ${shape}`}>
        <img src={urlOf(path).href} alt="" loading="lazy" decoding="async" onError={() => setBroken(path)} />
      </span>
    );
  }
  return (
    <span className={`poster poster-card poster-hue-${hue(title)} ${shape}`} aria-hidden>
      <Icon name={icons[type] ?? "film"} size={22} />
      <span className="poster-title">{title}</span>
    </span>
  );
}

/** One of six, the same for the same title. */
function hue(title: string): number {
  let sum = 0;
  for (const character of title) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}
