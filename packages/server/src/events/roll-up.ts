/** What can arrive in a library, by its kind in Plex's words. Other kinds stand for themselves. */
export interface ArrivedItem {
  readonly id: number;
  readonly type: string;
  /** The season of an episode, the album of a track. */
  readonly parentId?: number | undefined;
  /** The show, the artist. */
  readonly rootId?: number | undefined;
}

/** What is told as one. */
export interface RolledUp {
  /** The film, episode, season, show, track or album that is told. */
  readonly id: number;
  /** What of it can be played and is new. At least one. */
  readonly leaves: readonly number[];
  /** All of the arrivals that it stands for: the leaves, and what is new above them. */
  readonly items: readonly number[];
}

const containers: ReadonlySet<string> = new Set(["show", "season", "artist", "album"]);

/**
 * What arrived together, at the level at which people speak of it. A new show or a new album is one, however much of it
 * there is; several episodes of a season, or tracks of an album, that are added to what was there are that season or
 * album; one alone is itself. A container in which nothing that can be played is new is not told.
 * @returns in the order in which the first of each arrived; every leaf is in exactly one
 */
export function rollUp(arrivals: readonly ArrivedItem[]): RolledUp[] {
  const arrived = new Set(arrivals.map(({ id }) => id));
  const leaves = arrivals.filter(({ type }) => !containers.has(type));
  const siblings = new Map<number, number>();
  for (const { parentId } of leaves) {
    if (parentId !== undefined) siblings.set(parentId, (siblings.get(parentId) ?? 0) + 1);
  }
  const told = new Map<number, { leaves: number[]; items: Set<number> }>();
  for (const leaf of leaves) {
    const id = levelOf(leaf, arrived, siblings);
    const group = told.get(id) ?? { leaves: [], items: new Set() };
    told.set(id, group);
    group.leaves.push(leaf.id);
    for (const item of [leaf.rootId, leaf.parentId, leaf.id]) {
      if (item !== undefined && arrived.has(item)) group.items.add(item);
    }
  }
  return [...told].map(([id, group]) => ({ id, leaves: group.leaves, items: [...group.items] }));
}

function levelOf(
  { id, type, parentId, rootId }: ArrivedItem,
  arrived: ReadonlySet<number>,
  siblings: ReadonlyMap<number, number>,
): number {
  if (type === "episode" && rootId !== undefined && arrived.has(rootId)) return rootId;
  if (parentId === undefined) return id;
  // A new season with one episode is that episode: a season begins with one a week. A single is an album.
  const whole = type === "track" && arrived.has(parentId);
  return whole || (siblings.get(parentId) ?? 0) > 1 ? parentId : id;
}
