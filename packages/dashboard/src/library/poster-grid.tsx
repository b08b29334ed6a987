import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { itemPage } from "../api/queries.ts";
import type { Section } from "../api/types.ts";
import { Empty, Failure, Skeletons } from "../ui/states.tsx";
import { ItemCard } from "./item-card.tsx";

const PAGE = 120;

/** The items of a section; more of them as one comes to the end. */
export function PosterGrid({ section, title, sort }: { section: Section; title: string; sort: string }) {
  const items = useInfiniteQuery({
    queryKey: ["items", section.key, title, sort],
    queryFn: ({ pageParam, signal }) =>
      itemPage({ section: section.key, title, sort, start: pageParam, size: PAGE }, signal),
    initialPageParam: 0,
    getNextPageParam: ({ total }, pages) => (pages.length * PAGE < total ? pages.length * PAGE : undefined),
    placeholderData: (before) => before,
  });
  const { hasNextPage, isFetching, fetchNextPage } = items;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = end;
    if (current === null || !hasNextPage || isFetching) return;
    const watch = new IntersectionObserver(([seen]) => seen?.isIntersecting && void fetchNextPage(), {
      rootMargin: "600px",
    });
    watch.observe(current);
    return () => watch.disconnect();
  }, [hasNextPage, isFetching, fetchNextPage]);

  if (items.data === undefined) {
    if (items.error) return <Failure error={items.error} retry={() => void items.refetch()} />;
    return (
      <div className="posters posters-large">
        <Skeletons count={12} className="poster-skeleton" />
      </div>
    );
  }
  const all = items.data.pages.flatMap((page) => page.items);
  if (all.length === 0) {
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
      <ul className="posters posters-large">
        {all.map((item) => (
          <li key={item.ratingKey}>
            <ItemCard item={item} />
          </li>
        ))}
      </ul>
      <div ref={end} />
      <p className="muted small library-count">
        {all.length === items.data.pages[0]?.total ? all.length : `${all.length} of ${items.data.pages[0]?.total}`}{" "}
        {all.length === 1 ? "item" : "items"}
      </p>
    </>
  );
}
