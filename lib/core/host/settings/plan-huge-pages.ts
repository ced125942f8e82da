/** What is known about huge pages before PostgreSQL starts. */
export interface HugePageFacts {
  /** `postgres -C shared_memory_size_in_huge_pages`: -1 where there are none. */
  readonly neededPages: number;
  /** `Hugepagesize` of /proc/meminfo. */
  readonly pageBytes: number;
  readonly memoryBytes: number;
}

/** A machine whose memory is all in huge pages cannot boot its own services: nothing else may use them. */
const MOST_OF_MEMORY = 3 / 4;

/**
 * `vm.nr_hugepages` for a host: exactly what PostgreSQL asks for, which takes all or none.
 *
 * @returns 0 when the machine has no huge pages, or would have too little memory besides.
 * @see https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-HUGE-PAGES
 */
export function planHugePages({ neededPages, pageBytes, memoryBytes }: HugePageFacts): number {
  if (!Number.isInteger(neededPages) || neededPages <= 0) return 0;
  return neededPages * pageBytes <= memoryBytes * MOST_OF_MEMORY ? neededPages : 0;
}
