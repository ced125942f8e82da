/** SHA-256 of bytes that go by. */
export interface RunningDigest {
  /** Takes the next bytes, in the order of the calls. They must not change until it has settled. */
  add(bytes: Uint8Array): Promise<void>;
  /** How many were taken. */
  bytes(): number;
  /** Lower-case hex of all that was taken; ends the digest. */
  sha256(): Promise<string>;
}

/** Where hashing takes place: it costs as much processor time as fast compression. */
export interface Digests {
  /** A digest of nothing so far. Any number may run at the same time. */
  begin(): RunningDigest;
}
