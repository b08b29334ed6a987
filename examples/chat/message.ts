import type { ReceivedMetadata, WebhookDelivery } from "@reelay/sdk/webhooks";

/** What is posted: a line of text. Names are of people and films, so what chats read as markup is taken out of them. */
export function messageOf(delivery: WebhookDelivery<"media.play" | "media.rate">): string {
  const who = plain(delivery.payload.Account.title ?? "Somebody");
  const what = titleOf(delivery.payload.Metadata);
  if (delivery.event === "media.play") {
    const where = delivery.payload.Player.title;
    return `▶ ${who} plays **${what}**${where === undefined ? "" : ` on ${plain(where)}`}`;
  }
  const { rating } = delivery.payload;
  return `${starsOf(rating)} ${who} rates **${what}**`;
}

/** `The Long Tide (2019)`, `Tidewrack & Sons S01E02 Low Water`, `Marisol Quandt – Brackish`. */
export function titleOf({ type, title = "something", year, index, parentIndex, ...item }: ReceivedMetadata): string {
  const show = item.grandparentTitle;
  const name = plain(title);
  if (type === "episode" && show !== undefined) return `${plain(show)} S${two(parentIndex)}E${two(index)} ${name}`;
  if (type === "season" && item.parentTitle !== undefined) return `${plain(item.parentTitle)} ${name}`;
  if (type === "track" && show !== undefined) return `${plain(item.originalTitle ?? show)} – ${name}`;
  return year === undefined ? name : `${name} (${year})`;
}

/** Plex counts from 0 to 10, people in five stars. */
export function starsOf(rating: number | undefined): string {
  if (rating === undefined) return "☆";
  const full = Math.round(Math.min(Math.max(rating, 0), 10) / 2);
  return "★".repeat(full) + "☆".repeat(5 - full);
}

function two(number: number | undefined): string {
  return String(number ?? 0).padStart(2, "0");
}

/** No mentions, no links, no bold: a film called `@everyone` wakes nobody. */
function plain(text: string): string {
  return text.replace(/[\\*_~`|<>[\]()]/g, (mark) => `\\${mark}`).replaceAll("@", "@\u200b");
}
