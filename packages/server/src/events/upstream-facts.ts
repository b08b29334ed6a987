/** A Plex Media Server, or another Reelay, that this one is connected with. */
export interface UpstreamFacts {
  /** As `--plex` names it, else as it names itself. */
  readonly name: string;
  /** Missing while it was never reached. */
  readonly machineIdentifier?: string;
  /** What it says of itself; missing as above. */
  readonly version?: string;
}

export interface UpstreamTroubleFacts extends UpstreamFacts {
  /** For people: what went wrong, and for a token that is refused what to do. */
  readonly reason: string;
}

/** For a time nobody listened, or what was told is lost. */
export interface UpstreamGapFacts extends UpstreamFacts {
  /** Epoch ms: until then everything was heard. */
  readonly from: number;
  /** Epoch ms: from then on everything is heard. */
  readonly to: number;
  /** How many events that were missed could be told afterwards; they have the same limits in `missed`. */
  readonly healed: number;
  /** What could not be asked, if anything: then nothing of it was told afterwards. */
  readonly unasked: readonly ("sessions" | "history" | "recently added" | "devices")[];
}

/** The limits of the gap in which it happened: it was told afterwards, from what the upstream shows now. Epoch ms. */
export interface Missed {
  readonly from: number;
  readonly to: number;
}

/** What is passed on. */
export interface PassedOnFacts {
  /** The notification's type as the upstream named it. */
  readonly type: string;
}
