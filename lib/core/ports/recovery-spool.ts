/** What the restore script has left since it was last asked. */
export interface RecoveryCalls {
  /** Names it waits for. */
  readonly asked: readonly string[];
  /** Names it has moved into place. */
  readonly taken: readonly string[];
}

/**
 * The directory through which a recovery serves WAL to the server that replays it. It lies in the
 * data directory, so that a file is handed over by rename.
 */
export interface RecoverySpool {
  /** Absolute path. */
  readonly path: string;
  /** What the script has left; each mark is given once. */
  calls(): Promise<RecoveryCalls>;
  /** Whether `name` waits to be taken. */
  isReady(name: string): Promise<boolean>;
  /** Puts a whole file up for the script. */
  offer(name: string, bytes: Uint8Array): Promise<void>;
  /** Answers that `name` is proven absent. Ends the replay. */
  proveAbsent(name: string): Promise<void>;
  /** Answers that `name` cannot be had. Aborts the recovery. */
  fail(name: string, reason: string): Promise<void>;
  /** Says that the serving process lives. */
  beat(now: Date): Promise<void>;
}
