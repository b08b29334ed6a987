import { Button, Rating, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { ask } from "../api/client.ts";
import type { Item } from "../api/types.ts";
import { useMe } from "../shell/me.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon } from "../ui/icons.tsx";
import { playTime } from "../ui/time.tsx";
import { whyNotPlayable } from "./can-play.ts";
import { typeNames } from "./item-words.ts";

const LIBRARY = "com.plexapp.plugins.library";

/** What one does with an item. */
export function ItemActions({ item, onPlay }: { item: Item; onPlay: (from: number) => void }) {
  const { owner } = useMe();
  const client = useQueryClient();
  const { fail, say } = useFeedback();
  const { ratingKey, viewOffset, Media, leafCount, viewedLeafCount, viewCount } = item;
  const played = leafCount === undefined ? (viewCount ?? 0) > 0 : leafCount > 0 && viewedLeafCount === leafCount;
  const act = async (path: string, method: "PUT" | "POST", query: Record<string, string | number>, done?: string) => {
    try {
      await ask(path, { method, query });
      await client.invalidateQueries({ queryKey: ["item", ratingKey] });
      if (done !== undefined) say(done);
    } catch (error) {
      fail(error);
    }
  };
  const why = Media === undefined ? undefined : whyNotPlayable(Media);
  return (
    <>
      <div className="item-actions">
        {Media === undefined ? null : viewOffset === undefined ? (
          <Button leftSection={<Icon name="play" size={16} filled />} onClick={() => onPlay(0)}>
            Play
          </Button>
        ) : (
          <>
            <Button leftSection={<Icon name="play" size={16} filled />} onClick={() => onPlay(viewOffset)}>
              Go on at {playTime(viewOffset)}
            </Button>
            <Button variant="default" onClick={() => onPlay(0)}>
              From the beginning
            </Button>
          </>
        )}
        <Button
          variant="default"
          leftSection={<Icon name={played ? "close" : "check"} size={16} />}
          onClick={() =>
            void act(played ? "/:/unscrobble" : "/:/scrobble", "PUT", { key: ratingKey, identifier: LIBRARY })
          }
        >
          {played ? "Mark as not played" : "Mark as played"}
        </Button>
        {owner ? (
          <Tooltip label="Read its files again">
            <Button
              variant="default"
              px="sm"
              aria-label="Read its files again"
              onClick={() =>
                void act(`/library/metadata/${ratingKey}/refresh`, "POST", {}, "Its files are being read.")
              }
            >
              <Icon name="refresh" size={16} />
            </Button>
          </Tooltip>
        ) : null}
        <Rating
          role="radiogroup"
          aria-label={`Your rating of this ${typeNames[item.type].toLowerCase()}`}
          fractions={2}
          value={(item.userRating ?? 0) / 2}
          onChange={(stars) =>
            void act("/:/rate", "PUT", {
              key: ratingKey,
              identifier: LIBRARY,
              // The same stars again take it away.
              rating: stars * 2 === item.userRating ? -1 : stars * 2,
            })
          }
          getSymbolLabel={(stars) => (stars === 0 ? "No rating" : `${stars} of 5 stars`)}
        />
      </div>
      {why === undefined ? null : (
        <p className="item-why small">
          <Icon name="warning" size={16} /> {why}
        </p>
      )}
    </>
  );
}
