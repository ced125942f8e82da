const DAY_MS = 86_400_000;

/** The moments at which clocks in `timeZone` show a local time: none, one, or two. */
export function momentsOf(localMs: number, timeZone: string): readonly number[] {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  /** What clocks show at `ms`, as if it were UTC. */
  const shownAt = (ms: number): number => Date.parse(`${clock.format(ms).replace(' ', 'T')}Z`);
  const offsets = [localMs - DAY_MS, localMs + DAY_MS].map((ms) => shownAt(ms) - ms);
  return [...new Set(offsets)]
    .map((offset) => localMs - offset)
    .filter((ms) => shownAt(ms) === localMs)
    .toSorted((one, other) => one - other);
}
