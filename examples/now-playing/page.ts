import { PlexAPI } from "@reelay/sdk";
import { watchSessions } from "@reelay/sdk/sessions";
import { type Session, type SessionCard, sessionCard } from "./session-card.ts";

/** Lines that are kept of what happened. */
const MOST_LINES = 20;
const SECOND_MS = 1_000;

const find = <E extends Element>(selector: string): E => {
  const element = document.querySelector<E>(selector);
  if (element === null) throw new Error(`the page has no ${selector}`);
  return element;
};
const form = find<HTMLFormElement>("#connect");
const state = find<HTMLElement>("#state");
const list = find<HTMLUListElement>("#sessions");
const log = find<HTMLOListElement>("#log");

interface Where {
  readonly server: string;
  readonly token: string;
}

/** Asks the server; the token goes in a header, so that no history or log has it. */
async function ask({ server, token }: Where, path: string, accept: string): Promise<Response> {
  const response = await fetch(new URL(path, server), { headers: { "x-plex-token": token, accept } });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
  return response;
}

const posters = new Map<string, Promise<string | undefined>>();

/** A picture as an address that needs no token. */
function posterOf(where: Where, thumb: string | undefined): Promise<string | undefined> {
  if (thumb === undefined) return Promise.resolve(undefined);
  const known = posters.get(thumb);
  if (known !== undefined) return known;
  const loaded = ask(where, thumb, "image/*")
    .then((response) => response.blob())
    .then((blob) => URL.createObjectURL(blob))
    .catch(() => undefined);
  posters.set(thumb, loaded);
  return loaded;
}

/** By the session's key. */
const cards = new Map<string, SessionCard>();

/** Shows all sessions as they are now. */
async function show(where: Where): Promise<void> {
  const response = await ask(where, "/status/sessions", "application/json");
  const { MediaContainer } = (await response.json()) as { MediaContainer: { Metadata?: readonly Session[] } };
  const sessions = MediaContainer.Metadata ?? [];
  const posters = await Promise.all(sessions.map((one) => posterOf(where, one.thumb)));
  cards.clear();
  for (const [index, one] of sessions.entries()) cards.set(one.sessionKey ?? "", sessionCard(one, posters[index]));
  list.replaceChildren(...[...cards.values()].map(({ element }) => element));
  state.textContent = sessions.length === 0 ? "Nothing plays." : `${sessions.length} playing.`;
}

function tell(line: string): void {
  const item = document.createElement("li");
  item.textContent = line;
  log.prepend(item);
  while (log.children.length > MOST_LINES) log.lastElementChild?.remove();
}

/** How far each is, as its player says. */
async function follow(client: PlexAPI): Promise<void> {
  for await (const event of client.events.subscribe({ filter: ["playing"] }))
    if (event.type === "playing") cards.get(event.entry.sessionKey)?.reported(event.entry.viewOffset);
}

/** Until the page is left: the SDK connects anew by itself, and tells what it may have missed. */
async function watch(where: Where): Promise<void> {
  form.hidden = true;
  await show(where);
  const client = new PlexAPI({ serverURL: where.server, token: where.token });
  const onError = (error: Error) => tell(error.message);
  follow(client).catch(onError);
  for await (const update of watchSessions(client, {}, { onError })) {
    if (update.type === "gap") tell("Something may have been missed.");
    else tell(`${update.account.title ?? "Somebody"} ${update.type} ${update.item.title ?? "something"}`);
    await show(where).catch(onError);
  }
}

function begin(where: Where): void {
  watch(where).catch((error: unknown) => {
    state.textContent = error instanceof Error ? error.message : String(error);
    form.hidden = false;
  });
}

setInterval(() => {
  for (const card of cards.values()) card.tick();
}, SECOND_MS);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  begin({ server: String(fields.get("server")), token: String(fields.get("token")) });
});

// Behind the #, where no server sees it: `#server=http://127.0.0.1:32400&token=…`
const given = new URLSearchParams(location.hash.slice(1));
const [server, token] = [given.get("server"), given.get("token")];
if (server !== null && token !== null) {
  history.replaceState(null, "", location.pathname);
  begin({ server, token });
}
