/**
 * The order in which contestants run: each once in every round, and each round begins with another,
 * so that nobody always runs on what somebody else left behind.
 */
export function planTurns<T>(contestants: readonly T[], rounds: number): readonly (readonly T[])[] {
  return Array.from({ length: rounds }, (_, round) => {
    const first = contestants.length === 0 ? 0 : round % contestants.length;
    return [...contestants.slice(first), ...contestants.slice(0, first)];
  });
}
