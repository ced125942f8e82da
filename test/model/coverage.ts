/** Counts what the histories went through, so that a reader sees what was tested. */
export interface Coverage {
  readonly count: (what: string) => void;
  /** Lines of a table, sorted by what was counted. */
  table(): readonly string[];
}

/** Starts with nothing counted. */
export function startCoverage(): Coverage {
  const counts = new Map<string, number>();
  return {
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    table: () => {
      const rows = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return rows.map(([what, number]) => `${String(number).padStart(7)}  ${what}`);
    },
  };
}
