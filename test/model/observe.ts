import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { archiveStatus } from './archive-status.ts';
import type { Facts } from './facts.ts';
import { readTape } from './read-tape.ts';
import { ModelMismatch } from './mismatch.ts';
import type { World } from './world.ts';

/** All facts of a world by now: tapes from the servers' own WAL, the names of files from the store. */
export async function observe(world: World): Promise<Facts> {
  const { lineage, instance, timelines, transactions, backups, writer } = world;
  const { segmentBytes } = lineage.identity;
  // Several are uploaded at once: while that goes on, there may be a hole that is none.
  if (!world.isDamaged) await writer?.drained();
  for (const known of timelines.values()) {
    const tape = await readTape({
      binDirectory: instance.binDirectory,
      dataDirectory: known.dataDirectory,
      timeline: known.timeline,
      from: known.beginLsn,
      segmentBytes,
    });
    timelines.set(known.timeline, { ...known, tape });
  }
  const names = await storedNames(world);
  const segments = new Set(names.filter((name) => /^[0-9A-F]{24}$/.test(name)));
  if (!world.isDamaged) await assertAsArchived(world, segments);
  const histories = names.filter((name) => name.endsWith('.history'));
  return {
    segmentBytes,
    timelines: new Map(timelines),
    backups: [...backups],
    transactions: new Map(transactions),
    segments,
    histories: new Set(histories.map((name) => Number.parseInt(name.slice(0, 8), 16))),
    writerTimeline: writer?.timeline ?? 1,
  };
}

/** Names of the archive's files. */
async function storedNames({ store, lineage }: World): Promise<readonly string[]> {
  const heads = await Array.fromAsync(store.list(lineage.keys.walPrefix));
  return heads.map(({ key }) => basename(key, '.zst'));
}

/**
 * What PostgreSQL was told is archived must be in the store, and nothing that it never offered: but for
 * what a server finished while its archiving was off, whose very bytes must be there.
 */
async function assertAsArchived(world: World, segments: ReadonlySet<string>): Promise<void> {
  const offered = new Set<string>();
  for (const { dataDirectory } of world.timelines.values()) {
    const { ready, done } = await archiveStatus(dataDirectory);
    for (const name of [...ready, ...done]) offered.add(name);
    const lost = done.find((name) => !segments.has(name));
    if (lost !== undefined) {
      throw new ModelMismatch(`${lost} was acknowledged and is not in the store`);
    }
  }
  for (const name of [...segments].filter((each) => !offered.has(each))) {
    if (await isWritten(world, name)) continue;
    throw new ModelMismatch(`${name} is in the store and no writer has offered or written it`);
  }
}

async function isWritten({ store, lineage, timelines }: World, name: string): Promise<boolean> {
  const stored = await store.head(lineage.keys.wal(name));
  const hashes = [...timelines.values()].map(async ({ dataDirectory }) =>
    sha256(await readFile(join(dataDirectory, 'pg_wal', name))),
  );
  const own = await Promise.allSettled(hashes);
  return own.some(
    (hash) => hash.status === 'fulfilled' && hash.value === stored?.metadata?.plainSha256,
  );
}
