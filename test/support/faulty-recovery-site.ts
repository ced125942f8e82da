import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localRecoverySite } from '../../lib/core/adapters/restore/local-recovery-site.ts';
import type { RecoverySite } from '../../lib/core/ports/recovery-site.ts';
import type { RecoverySpool } from '../../lib/core/ports/recovery-spool.ts';

const DEAD_FOR_MS = 60_000;

/**
 * A site whose restore script serves WAL up to `segment` and then has this `text`, or is gone.
 *
 * With the last segment of the backup the server becomes consistent: only behind it can a fault be
 * taken for the end of WAL and promote. Before it PostgreSQL itself refuses.
 */
export function siteWithScriptAfter(segment: string, text: string | undefined): RecoverySite {
  return siteWith(localRecoverySite(), async (spool) => {
    const path = join(spool.path, 'restore-command');
    const change = [
      `if [ "$2" = ${segment} ]; then`,
      '  rm "$1/restore-command"',
      '  [ ! -e "$1/changed" ] || mv "$1/changed" "$1/restore-command"',
      'fi',
    ];
    if (text !== undefined) await writeFile(join(spool.path, 'changed'), text);
    await writeFile(path, `${change.join('\n')}\n${await readFile(path, 'utf8')}`);
    return spool;
  });
}

/** A site that serves WAL up to `segment`; then all is as if the serving process had died a minute ago. */
export function siteThatDiesAfter(segment: string, oneShot: string): RecoverySite {
  return siteWith(localRecoverySite({ oneShot }), async (spool) => {
    let isDead = false;
    return {
      path: spool.path,
      isReady: async (name) => spool.isReady(name),
      fail: async (name, reason) => spool.fail(name, reason),
      proveAbsent: async (name) => (isDead ? undefined : spool.proveAbsent(name)),
      offer: async (name, bytes) => (name > segment ? undefined : spool.offer(name, bytes)),
      beat: async (now) => (isDead ? undefined : spool.beat(now)),
      calls: async () => {
        if (isDead) return { asked: [], taken: [] };
        const calls = await spool.calls();
        isDead = calls.taken.includes(segment);
        if (isDead) await spool.beat(new Date(Date.now() - DEAD_FOR_MS));
        return calls;
      },
    };
  });
}

function siteWith(
  site: RecoverySite,
  change: (spool: RecoverySpool) => Promise<RecoverySpool>,
): RecoverySite {
  return { ...site, openSpool: async (directory) => change(await site.openSpool(directory)) };
}
