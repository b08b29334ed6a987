import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { childrenQuery } from "../api/queries.ts";
import type { Item } from "../api/types.ts";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty, Loaded, Skeletons } from "../ui/states.tsx";
import { playTime } from "../ui/time.tsx";
import { ItemCard } from "./item-card.tsx";

const titles: Partial<Record<Item["type"], string>> = {
  show: "Seasons",
  season: "Episodes",
  artist: "Albums",
  album: "Tracks",
};

/** What lies right below a show, a season, an artist or an album. */
export function ItemChildren({ item }: { item: Item }) {
  const children = useQuery(childrenQuery(item.ratingKey));
  const asList = item.type === "season" || item.type === "album";
  return (
    <Panel title={titles[item.type] ?? "Below it"} flush={asList} className="item-children">
      <Loaded query={children} waiting={<Skeletons count={4} className="row-skeleton" />}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="film" title="Nothing is below it" />
          ) : asList ? (
            <ol className="leaves">
              {items.map((leaf) => (
                <Leaf key={leaf.ratingKey} item={leaf} />
              ))}
            </ol>
          ) : (
            <ul className="posters">
              {items.map((child) => (
                <li key={child.ratingKey}>
                  <ItemCard item={child} below />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Leaf({ item: { ratingKey, index, title, duration, viewCount, viewOffset } }: { item: Item }) {
  return (
    <li>
      <Link to={`/library/item/${ratingKey}`} className="leaf">
        <span className="muted leaf-number">{index ?? "–"}</span>
        <span className="clip">{title}</span>
        {viewOffset === undefined ? (
          (viewCount ?? 0) > 0 ? (
            <Icon name="check" size={16} label="Played" className="leaf-played" />
          ) : (
            <span />
          )
        ) : (
          <span className="chip">at {playTime(viewOffset)}</span>
        )}
        <span className="muted leaf-time">{duration === undefined ? "" : playTime(duration)}</span>
      </Link>
    </li>
  );
}
