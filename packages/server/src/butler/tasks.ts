/** What a scheduled task is given while it runs. */
export interface TaskRun {
  /** Aborts when somebody stops the task, or maintenance time is over. */
  readonly signal: AbortSignal;
  /** @param progress 0 to 100 */
  readonly progress: (progress: number, subtitle?: string) => void;
}

/** Something that the server does by itself from time to time. */
export interface Task {
  /** As Plex names it, where Plex has it. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Days between two runs. */
  readonly interval: number;
  readonly enabled: () => boolean;
  readonly run: (run: TaskRun) => Promise<void>;
}
