import { Fragment } from "react";
import { urlOf } from "../api/client.ts";
import type { Item, Media, Stream } from "../api/types.ts";
import { Fact, Panel } from "../ui/panel.tsx";
import { byteSize } from "../ui/time.tsx";

/** The files of an item and what is in them. */
export function ItemMedia({ item }: { item: Item }) {
  const media = item.Media ?? [];
  return (
    <Panel title={media.length > 1 ? `${media.length} versions` : "File"}>
      {media.map((one) => (
        <MediaFacts key={one.id} media={one} />
      ))}
    </Panel>
  );
}

const kinds = { 1: "Picture", 2: "Sound", 3: "Subtitles" } as const;

function MediaFacts({ media }: { media: Media }) {
  const { container, bitrate, width, height } = media;
  return (
    <dl className="small media-facts">
      {container === undefined ? <Fact name="Format">could not be read</Fact> : null}
      {media.Part.map(({ key, file, size, Stream = [] }) => (
        <Fragment key={key}>
          {container === undefined ? null : (
            <Fact name="Format">
              {[container.toUpperCase(), bitrate === undefined ? undefined : `${bitrate} kbit/s`]
                .filter(Boolean)
                .join(" · ")}
            </Fact>
          )}
          {width === undefined ? null : (
            <Fact name="Size of the picture">
              {width} × {height}
            </Fact>
          )}
          {Stream.map((stream) => (
            <Fact key={stream.id} name={kinds[stream.streamType] ?? "Stream"}>
              {streamText(stream)}
            </Fact>
          ))}
          {size === undefined ? null : (
            <Fact name="Size">
              {byteSize(size)} ·{" "}
              <a className="link" href={urlOf(key, { download: 1 }).href} download>
                Download
              </a>
            </Fact>
          )}
          {file === undefined ? null : (
            <Fact name="Path">
              <span className="mono">{file}</span>
            </Fact>
          )}
        </Fragment>
      ))}
    </dl>
  );
}

const layouts: Readonly<Record<number, string>> = { 1: "mono", 2: "stereo", 6: "5.1", 8: "7.1" };

function streamText({ codec, language, channels }: Stream): string {
  return [codec?.toUpperCase(), language, channels === undefined ? undefined : (layouts[channels] ?? `${channels} ch`)]
    .filter(Boolean)
    .join(" · ");
}
