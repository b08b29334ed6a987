import { Link } from "wouter";
import type { Item } from "../api/types.ts";
import { Poster } from "../ui/poster.tsx";
import { nameOf, subtitleOf } from "./item-words.ts";
import "./posters.css";

/** An item as its poster, with its name. */
export function ItemCard({
  item,
  below = false,
}: {
  item: Item;
  /** It stands below what holds it, whose name need not be said. */
  below?: boolean;
}) {
  const { ratingKey, title, type, viewOffset, duration, viewCount, leafCount, viewedLeafCount } = item;
  const seen = leafCount === undefined ? (viewCount ?? 0) > 0 : leafCount > 0 && viewedLeafCount === leafCount;
  const share = viewOffset === undefined || !duration ? undefined : viewOffset / duration;
  return (
    <Link to={`/library/item/${ratingKey}`} className="item-card">
      <span className="item-poster">
        <Poster path={item.thumb ?? item.parentThumb ?? item.grandparentThumb} type={type} title={title} />
        {seen ? <span className="item-seen" title="Played" /> : null}
        {share === undefined ? null : (
          <span className="bar item-progress">
            <span style={{ transform: `scaleX(${share})` }} />
          </span>
        )}
      </span>
      <span className="item-title clip" title={title}>
        {below ? title : nameOf(item)}
      </span>
      <span className="item-note clip">{subtitleOf(item, below)}</span>
    </Link>
  );
}
