/** Counts what the histories went through, so that a reader sees what was tested. */
export interface Coverage {
  add(counts: Readonly<Record<string, number>>): void;
  /** Lines of a table, sorted by what was counted. */
  table(): readonly string[];
}

/** Starts with nothing counted. */
export function startCoverage(): Coverage {
  const totals = new Map<string, number>();
  return {
    add: (counts) => {
      for (const [what, number] of Object.entries(counts)) {
        totals.set(what, (totals.get(what) ?? 0) + number);
      }
    },
    table: () => {
      const rows = [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return rows.map(([what, number]) => `${String(number).padStart(7)}  ${what}`);
    },
  };
}
