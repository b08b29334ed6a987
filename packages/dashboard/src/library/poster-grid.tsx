import { useElementSize } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { itemPageQuery } from "../api/queries.ts";
import type { Section } from "../api/types.ts";
import { Empty, Failure, Skeletons } from "../ui/states.tsx";
import { WindowRows } from "../ui/window-rows.tsx";
import { ItemCard } from "./item-card.tsx";
import { counted } from "./item-words.ts";
import "./posters.css";

/** Rows of posters that are asked for together. */
const ROWS = 10;
/** Name and note below a poster, px. */
const WORDS_PX = 50;

/** What is shown of a section. */
interface Listed {
  readonly section: Section;
  readonly title: string;
  readonly sort: string;
}

/** How posters stand, for the width that there is. px */
interface Layout {
  readonly columns: number;
  readonly rowHeight: number;
  readonly gap: number;
}

/** The items of a section, all of them: those that can be seen are there. */
export function PosterGrid(listed: Listed) {
  const { ref, width } = useElementSize();
  const layout = layoutFor(width, listed.section.type === "artist");
  return <div ref={ref}>{width === 0 ? null : <Posters {...listed} layout={layout} />}</div>;
}

function layoutFor(width: number, square: boolean): Layout {
  const narrow = width < 640;
  const [least, gap] = narrow ? [104, 12] : [144, 18];
  const columns = Math.max(2, Math.floor((width + gap) / (least + gap)));
  const cardWidth = (width - (columns - 1) * gap) / columns;
  return { columns, rowHeight: Math.round(cardWidth * (square ? 1 : 1.5)) + WORDS_PX, gap: narrow ? 16 : 24 };
}

function Posters({ section, title, sort, layout }: Listed & { layout: Layout }) {
  const first = useQuery(pageOf({ section, title, sort }, layout, 0));
  if (first.data === undefined) {
    if (first.error) return <Failure error={first.error} retry={() => void first.refetch()} />;
    return (
      <div className="poster-row" style={columnsOf(layout)}>
        <Skeletons count={2 * layout.columns} className="poster-skeleton" />
      </div>
    );
  }
  const { total } = first.data;
  if (total === 0) {
    return title === "" ? (
      <Empty icon="film" title="Nothing is in this section">
        Put files into {section.Location.map(({ path }) => path).join(", ") || "its folder"}: they are noticed by
        themselves.
      </Empty>
    ) : (
      <Empty icon="search" title={`Nothing is called “${title}”`} />
    );
  }
  return (
    <>
      <WindowRows
        key={layout.columns}
        count={Math.ceil(total / layout.columns)}
        rowHeight={layout.rowHeight}
        gap={layout.gap}
        label={`Items of ${section.title}`}
        role="presentation"
      >
        {(row) => <PosterRow {...{ section, title, sort, layout, row, total }} />}
      </WindowRows>
      <p className="muted small library-count">{counted(total, "item")}</p>
    </>
  );
}

function pageOf({ section, title, sort }: Listed, { columns }: Layout, page: number) {
  const size = columns * ROWS;
  const query = itemPageQuery({ section: section.key, title, sort, start: page * size, size });
  // While one types, what was found before stays until there is something new.
  return { ...query, placeholderData: keepPreviousData };
}

function PosterRow({ layout, row, total, ...listed }: Listed & { layout: Layout; row: number; total: number }) {
  const { columns } = layout;
  const { data, error } = useQuery(pageOf(listed, layout, Math.floor(row / ROWS)));
  const first = row * columns;
  const places = Array.from({ length: Math.min(columns, total - first) }, (_, column) => first + column);
  if (error && data === undefined) return <Failure error={error} />;
  return (
    <div className="poster-row" style={columnsOf(layout)}>
      {places.map((place) => {
        const item = data?.items[place % (columns * ROWS)];
        return (
          // biome-ignore lint/a11y/useSemanticElements: there is no list around a row by itself
          <div key={place} role="listitem" aria-posinset={place + 1} aria-setsize={total}>
            {item === undefined ? (
              <span className="skeleton" style={{ display: "block", height: layout.rowHeight }} />
            ) : (
              <ItemCard item={item} />
            )}
          </div>
        );
      })}
    </div>
  );
}

function columnsOf({ columns, rowHeight }: Layout) {
  return { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, minHeight: rowHeight };
}
