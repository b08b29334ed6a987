import { ActionIcon, Button, Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { ask } from "../api/client.ts";
import type { Section } from "../api/types.ts";
import { useBatches } from "../live/live-context.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon } from "../ui/icons.tsx";
import { Time } from "../ui/time.tsx";

/** What the owner does with a section: scan it, or take it out. */
export function SectionTools({ section }: { section: Section }) {
  const { key, title, refreshing, scannedAt } = section;
  const client = useQueryClient();
  const { confirm, say, fail } = useFeedback();
  const [, go] = useLocation();
  const progress = useScanProgress(key, refreshing);
  const act = async (what: () => Promise<unknown>, done?: string) => {
    try {
      await what();
      if (done !== undefined) say(done);
      await client.invalidateQueries({ queryKey: ["sections"] });
    } catch (error) {
      fail(error);
    }
  };
  const scan = (force: boolean) =>
    act(() => ask(`/library/sections/${key}/refresh`, { method: "POST", query: { force: force ? 1 : undefined } }));
  const remove = async () => {
    const sure = await confirm({
      title: `Remove “${title}”?`,
      text: "Its items go out of the library, with what was seen of them. The files stay where they are.",
      action: "Remove the section",
      danger: true,
    });
    if (!sure) return;
    await act(() => ask(`/library/sections/${key}`, { method: "DELETE" }), `${title} was removed.`);
    go("/library");
  };
  return (
    <div className="section-tools">
      {refreshing ? (
        <div className="scan">
          <span className="small clip">{progress.text}</span>
          <span
            className={progress.share === undefined ? "bar bar-unknown" : "bar"}
            role="progressbar"
            aria-label={`Scanning ${title}`}
            aria-valuemin={0}
            aria-valuemax={100}
            {...(progress.share === undefined ? {} : { "aria-valuenow": progress.share })}
          >
            <span style={progress.share === undefined ? undefined : { transform: `scaleX(${progress.share / 100})` }} />
          </span>
        </div>
      ) : scannedAt === undefined ? null : (
        <span className="muted small">
          Scanned <Time at={scannedAt * 1000} />
        </span>
      )}
      {refreshing ? (
        <Button
          variant="default"
          leftSection={<Icon name="close" size={16} />}
          onClick={() => void act(() => ask(`/library/sections/${key}/refresh`, { method: "DELETE" }))}
        >
          Cancel
        </Button>
      ) : (
        <Button variant="default" leftSection={<Icon name="refresh" size={16} />} onClick={() => void scan(false)}>
          Scan
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size="36" aria-label={`More for ${title}`}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {section.Location.map(({ path }) => (
            <Menu.Label key={path}>{path}</Menu.Label>
          ))}
          <Menu.Item leftSection={<Icon name="refresh" size={16} />} onClick={() => void scan(true)}>
            Read all files anew
          </Menu.Item>
          <Menu.Item color="red" leftSection={<Icon name="trash" size={16} />} onClick={() => void remove()}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

interface ScanFacts {
  readonly type: string;
  readonly progress: number;
  readonly subtitle: string;
  readonly context?: { readonly librarySectionID?: string | number };
}

/** How far the scan of a section is, by the stream. */
function useScanProgress(section: string, refreshing: boolean): { readonly share?: number; readonly text: string } {
  const [state, setState] = useState<{ readonly share: number; readonly text: string }>();
  useBatches((events) => {
    const newest = events.findLast(({ type, facts }) => {
      const { type: work, context } = facts as unknown as ScanFacts;
      return (
        type.startsWith("activity.") &&
        work === "library.update.section" &&
        String(context?.librarySectionID) === section
      );
    });
    if (newest === undefined) return;
    const { progress, subtitle } = newest.facts as unknown as ScanFacts;
    setState(newest.type === "activity.ended" ? undefined : { share: progress, text: subtitle });
  });
  if (!refreshing || state === undefined || state.share < 0) return { text: state?.text || "Scanning" };
  return { share: state.share, text: state.text || "Scanning" };
}
