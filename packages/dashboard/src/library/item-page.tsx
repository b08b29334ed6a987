import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { itemQuery } from "../api/queries.ts";
import type { Item } from "../api/types.ts";
import { useTitle } from "../shell/title.ts";
import { Poster } from "../ui/poster.tsx";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { playTime } from "../ui/time.tsx";
import { ItemActions } from "./item-actions.tsx";
import { ItemChildren } from "./item-children.tsx";
import { ItemEvents } from "./item-events.tsx";
import { ItemHistory } from "./item-history.tsx";
import { ItemMedia } from "./item-media.tsx";
import { counted, typeNames } from "./item-words.ts";
import { Player } from "./player.tsx";
import "./library.css";
import "./item.css";

/** One item: what it is, what is below it, who played it, what happened to it. */
export default function ItemPage({ id }: { id: string }) {
  const item = useQuery(itemQuery(id));
  useTitle(item.data?.title ?? "Item");
  return (
    <Loaded query={{ ...item, data: item.data ?? undefined }} waiting={<Waiting what="the item" />}>
      {(data) =>
        data === undefined ? <Empty page icon="film" title="There is no such item" /> : <ItemView item={data} />
      }
    </Loaded>
  );
}

function ItemView({ item }: { item: Item }) {
  const [playFrom, setPlayFrom] = useState<number>();
  const playable = item.Media !== undefined;
  return (
    <article>
      <Trail item={item} />
      {playFrom === undefined || !playable ? null : (
        <Player item={item} from={playFrom} onClose={() => setPlayFrom(undefined)} />
      )}
      <header className="item-head">
        <div className={item.type === "episode" ? "item-art item-art-wide" : "item-art"}>
          <Poster path={item.thumb ?? item.parentThumb ?? item.grandparentThumb} type={item.type} title={item.title} />
        </div>
        <div className="item-about">
          <p className="item-kind">{kindOf(item)}</p>
          <h1>{item.title}</h1>
          <p className="muted">{metaOf(item)}</p>
          <ItemActions item={item} onPlay={setPlayFrom} />
          {item.summary ? <p className="item-summary">{item.summary}</p> : null}
          {item.Genre === undefined ? null : (
            <ul className="item-tags">
              {item.Genre.map(({ tag }) => (
                <li key={tag}>{tag}</li>
              ))}
            </ul>
          )}
        </div>
      </header>
      {playable ? null : <ItemChildren item={item} />}
      <div className="item-panels">
        {playable ? <ItemMedia item={item} /> : null}
        <ItemEvents id={item.ratingKey} />
        <ItemHistory id={item.ratingKey} />
      </div>
    </article>
  );
}

/** Where it is in the library. */
function Trail({ item }: { item: Item }) {
  const above = [
    { to: `/library/${item.librarySectionID}`, name: item.librarySectionTitle },
    { to: `/library/item/${item.grandparentRatingKey}`, name: item.grandparentTitle },
    { to: `/library/item/${item.parentRatingKey}`, name: item.parentTitle },
  ].filter(({ name }) => name !== undefined);
  return (
    <nav aria-label="Where this is" className="trail">
      <ol>
        {above.map(({ to, name }) => (
          <li key={to}>
            <Link to={to}>{name}</Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function kindOf({ type, index, parentIndex }: Item): string {
  if (type === "episode") return `Season ${parentIndex ?? "?"} · Episode ${index ?? "?"}`;
  if (type === "track" && index !== undefined) return `Track ${index}`;
  return typeNames[type];
}

function metaOf({ year, duration, leafCount, childCount, type, viewCount, Media }: Item): string {
  const leaf = type === "artist" || type === "album" ? "track" : "episode";
  return [
    year,
    duration === undefined ? undefined : playTime(duration),
    type === "show" && childCount !== undefined ? counted(childCount, "season") : undefined,
    type === "artist" && childCount !== undefined ? counted(childCount, "album") : undefined,
    leafCount === undefined ? undefined : counted(leafCount, leaf),
    Media?.[0]?.videoResolution === undefined ? undefined : resolution(Media[0].videoResolution),
    viewCount === undefined || viewCount === 0
      ? undefined
      : `played ${viewCount === 1 ? "once" : `${viewCount} times`}`,
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}

function resolution(text: string): string {
  return /^\d+$/.test(text) ? `${text}p` : text.toUpperCase();
}
