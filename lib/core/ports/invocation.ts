/** One call of a function. */
export interface Invocation {
  /** The platform repeats a call that failed under the same id. */
  readonly id: string;
  /** Until the platform ends the function. */
  remainingMs(): number;
}
