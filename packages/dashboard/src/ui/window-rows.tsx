import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

export interface WindowRowsProps {
  readonly count: number;
  /** px, until a row is there to be measured. */
  readonly rowHeight: number;
  /** px between two rows. */
  readonly gap: number;
  readonly label: string;
  /** Default `listitem`; `presentation` where a row holds several items. */
  readonly role?: "listitem" | "presentation";
  /** @param at from 0 */
  readonly children: (at: number) => ReactNode;
}

/** A list of any length that scrolls with the page: only the rows that can be seen are there. */
export function WindowRows({ count, rowHeight, gap, label, role = "listitem", children }: WindowRowsProps) {
  const place = useRef<HTMLDivElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setScrollMargin((place.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    // What stands above it may come, go, or wrap.
    const resized = new ResizeObserver(measure);
    resized.observe(document.body);
    return () => resized.disconnect();
  }, []);
  const rows = useWindowVirtualizer({ count, estimateSize: () => rowHeight, gap, scrollMargin, overscan: 4 });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useLayoutEffect(() => rows.measure(), [rowHeight, gap]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <ul> cannot hold its rows at their places
    <div ref={place} className="window-rows" role="list" aria-label={label} style={{ height: rows.getTotalSize() }}>
      {rows.getVirtualItems().map(({ index, start, key }) => (
        <div
          key={key}
          ref={rows.measureElement}
          data-index={index}
          role={role}
          {...(role === "listitem" ? { "aria-posinset": index + 1, "aria-setsize": count } : {})}
          className="window-row"
          style={{ transform: `translateY(${start - scrollMargin}px)` }}
        >
          {children(index)}
        </div>
      ))}
    </div>
  );
}
