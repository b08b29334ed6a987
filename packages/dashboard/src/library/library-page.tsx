import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, Redirect } from "wouter";
import { sectionsQuery } from "../api/queries.ts";
import type { Section } from "../api/types.ts";
import { useMe } from "../shell/me.ts";
import { useTitle } from "../shell/title.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { PageHead } from "../ui/panel.tsx";
import { Empty, Loaded, Waiting } from "../ui/states.tsx";
import { AddSection } from "./add-section.tsx";
import { PosterGrid } from "./poster-grid.tsx";
import { SectionTools } from "./section-tools.tsx";
import "./library.css";

const sectionIcons: Readonly<Record<Section["type"], IconName>> = { movie: "film", show: "show", artist: "music" };

/** The sections and what is in them. */
export default function LibraryPage({ section }: { section: string | undefined }) {
  const { owner } = useMe();
  const [adding, setAdding] = useState(false);
  const sections = useQuery(sectionsQuery);
  useTitle(sections.data?.find(({ key }) => key === section)?.title ?? "Library");
  return (
    <>
      <PageHead title="Library">
        {owner ? (
          <Button variant="default" leftSection={<Icon name="add" size={16} />} onClick={() => setAdding(true)}>
            Add a section
          </Button>
        ) : null}
      </PageHead>
      <Loaded query={sections} waiting={<Waiting what="the library" />}>
        {(all) => <Sections all={all} chosen={section} onAdd={owner ? () => setAdding(true) : undefined} />}
      </Loaded>
      {owner ? <AddSection opened={adding} onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function Sections({
  all,
  chosen,
  onAdd,
}: {
  all: readonly Section[];
  chosen: string | undefined;
  onAdd: (() => void) | undefined;
}) {
  const [first] = all;
  if (first === undefined) {
    return (
      <Empty icon="library" title="There is no section yet">
        {onAdd === undefined ? (
          "The owner of this server has not opened one for you."
        ) : (
          <Button mt="sm" onClick={onAdd}>
            Add a folder of films, shows or music
          </Button>
        )}
      </Empty>
    );
  }
  if (chosen === undefined) return <Redirect to={`/library/${first.key}`} replace />;
  const section = all.find(({ key }) => key === chosen);
  return (
    <>
      <nav aria-label="Sections">
        <ul className="section-tabs">
          {all.map(({ key, title, type, refreshing }) => (
            <li key={key}>
              <Link
                to={`/library/${key}`}
                className={key === chosen ? "section-tab section-tab-here" : "section-tab"}
                {...(key === chosen ? { "aria-current": "page" } : {})}
              >
                <Icon name={sectionIcons[type]} size={17} />
                {title}
                {refreshing ? <span className="section-busy" title="Being scanned" /> : null}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {section === undefined ? (
        <Empty icon="library" title="There is no such section">
          It was removed, or is not for you.
        </Empty>
      ) : (
        <SectionView key={section.key} section={section} />
      )}
    </>
  );
}

const sorts = [
  { value: "titleSort:asc", label: "By title" },
  { value: "addedAt:desc", label: "Newest first" },
  { value: "year:desc", label: "By year" },
];

function SectionView({ section }: { section: Section }) {
  const { owner } = useMe();
  const [title, setTitle] = useState("");
  const [sought] = useDebouncedValue(title, 250);
  const [sort, setSort] = useState("titleSort:asc");
  return (
    <section aria-label={section.title}>
      <div className="section-bar">
        <TextInput
          aria-label={`Search in ${section.title}`}
          placeholder={`Search in ${section.title}`}
          leftSection={<Icon name="search" size={16} />}
          value={title}
          onChange={({ currentTarget: { value } }) => setTitle(value)}
        />
        <Select
          aria-label="Order"
          data={sorts}
          value={sort}
          onChange={(value) => setSort(value ?? "titleSort:asc")}
          allowDeselect={false}
        />
        {owner ? <SectionTools section={section} /> : null}
      </div>
      <PosterGrid section={section} title={sought} sort={sort} />
    </section>
  );
}
