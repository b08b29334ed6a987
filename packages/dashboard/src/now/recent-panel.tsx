import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { recentQuery } from "../api/queries.ts";
import { ItemCard } from "../library/item-card.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty, Loaded, Skeletons } from "../ui/states.tsx";

export function RecentPanel() {
  const recent = useQuery(recentQuery);
  return (
    <Panel title="Added lately" aside={<Link to="/library">Library</Link>}>
      <Loaded
        query={recent}
        waiting={
          <div className="posters">
            <Skeletons count={8} className="poster-skeleton" />
          </div>
        }
      >
        {(items) =>
          items.length === 0 ? (
            <Empty icon="library" title="The library is empty">
              Add a folder of films, shows or music in the <Link to="/library">library</Link>.
            </Empty>
          ) : (
            <ul className="posters">
              {items.map((item) => (
                <li key={item.ratingKey}>
                  <ItemCard item={item} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
