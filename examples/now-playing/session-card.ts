/** A session of `/status/sessions`, as far as the page shows it. */
export interface Session {
  readonly sessionKey?: string;
  readonly title?: string;
  readonly grandparentTitle?: string;
  readonly year?: number;
  readonly thumb?: string;
  /** Milliseconds, as is `duration`. */
  readonly viewOffset?: number;
  readonly duration?: number;
  readonly User?: { readonly title?: string };
  readonly Player?: { readonly title?: string; readonly state?: string };
}

/** What is shown of a session, and moves on by itself while it plays. */
export interface SessionCard {
  readonly element: HTMLLIElement;
  /** The player says where it is, milliseconds: when it has sought, and every few seconds. */
  reported(viewOffset: number): void;
  /** Time has gone on. */
  tick(): void;
}

/** The card of one session. Everything from the server is set as text, so no title can become markup. */
export function sessionCard(session: Session, poster: string | undefined): SessionCard {
  const { title = "Something", grandparentTitle, year, User, Player, duration = 0 } = session;
  const element = document.createElement("li");
  const image = document.createElement("img");
  image.alt = "";
  if (poster === undefined) image.hidden = true;
  else image.src = poster;
  const text = document.createElement("div");
  const progress = document.createElement("progress");
  progress.max = Math.max(duration, 1);
  const name = [grandparentTitle, title].filter((part) => part !== undefined).join(": ");
  text.append(
    paragraph(`${name}${year === undefined ? "" : ` (${year})`}`),
    paragraph(`${User?.title ?? "Somebody"} on ${Player?.title ?? "a player"}, ${Player?.state ?? "playing"}`),
    progress,
  );
  element.append(image, text);

  let [offset, at] = [session.viewOffset ?? 0, performance.now()];
  const card: SessionCard = {
    element,
    reported(viewOffset) {
      [offset, at] = [viewOffset, performance.now()];
      card.tick();
    },
    tick() {
      const since = Player?.state === "playing" ? performance.now() - at : 0;
      progress.value = Math.min(offset + since, progress.max);
      progress.ariaLabel = `${clock(progress.value)} of ${clock(duration)}`;
    },
  };
  card.tick();
  return card;
}

function paragraph(text: string): HTMLParagraphElement {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

/** `1:02:03`, `2:03` */
function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const end = `${h > 0 ? String(m).padStart(2, "0") : m}:${String(s).padStart(2, "0")}`;
  return h > 0 ? `${h}:${end}` : end;
}
