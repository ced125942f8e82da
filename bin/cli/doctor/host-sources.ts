import { join } from 'node:path';
import { readControlFile } from '../../../lib/core/adapters/postgres/control-data.ts';
import {
  inspectDirectory,
  inspectRoom,
} from '../../../lib/core/adapters/doctor/inspect-directory.ts';
import {
  findTools,
  inspectPrograms,
  inspectRuntime,
} from '../../../lib/core/adapters/doctor/inspect-machine.ts';
import { inspectSpool } from '../../../lib/core/adapters/doctor/inspect-spool.ts';
import { readWriterIdentity } from '../../../lib/core/adapters/wal/writer-identity.ts';
import { TOOLS } from '../../../lib/core/doctor/checks/machine.ts';
import { type FactSource, unnamedFact } from '../../../lib/core/doctor/fact.ts';
import type { Fact, FactSources, Find } from '../../../lib/core/doctor/facts.ts';
import type { CallOptions } from '../../../lib/core/ports/object-store.ts';
import type { ArchivePlace } from '../../../lib/core/ports/spool.ts';
import { type DoctorPlaces, within } from './places.ts';

type HostFact =
  | 'given'
  | 'now'
  | 'runtime'
  | 'tools'
  | 'programs'
  | 'dataDirectory'
  | 'controlData'
  | 'self'
  | 'spool'
  | 'dataRoom'
  | 'walRoom'
  | 'spoolRoom';

/** Facts of this machine: its programs, the data directory, the spool. */
export function hostSources(places: DoctorPlaces): Pick<FactSources, HostFact> {
  const { cli, given } = places;
  const { dataDir, spool } = given;
  const here = <T>(gather: FactSource<T>['gather']): Fact<T> =>
    within('PG-TIMEOUT', 'this machine', gather);
  const inDirectory = <T>(
    gather: (path: string, call: CallOptions, find: Find) => Promise<T>,
  ): Fact<T> =>
    dataDir === undefined
      ? unnamedFact('--data-dir')
      : within('PG-TIMEOUT', dataDir, async (call, find) => gather(dataDir, call, find));
  const inSpool = <T>(gather: (path: string, find: Find) => Promise<T>): Fact<T> =>
    spool === undefined
      ? unnamedFact('--spool')
      : within('PG-TIMEOUT', spool, async (_call, find) => gather(spool, find));
  return {
    given: here(async () => given),
    now: here(async () => cli.clock.now()),
    runtime: here(async () => inspectRuntime(cli.env)),
    tools: here(async () => findTools(TOOLS, cli.env)),
    programs: here(async () => inspectPrograms(cli.env)),
    dataDirectory: inDirectory(inspectDirectory),
    controlData: inDirectory(readControlFile),
    self: inDirectory(readWriterIdentity),
    spool: inSpool(async (path) =>
      inspectSpool(path, { dataDirectory: dataDir, archive: await archivePlace(places) }),
    ),
    dataRoom: inDirectory(async (path) => inspectRoom(path, 'PG-DATA-DIR')),
    walRoom: inDirectory(async (path, _call, find) => {
      const { walLink } = await find('dataDirectory');
      return inspectRoom(walLink ?? join(path, 'pg_wal'), 'PG-DATA-DIR');
    }),
    spoolRoom: inSpool(async (path, find) => {
      await find('spool');
      return inspectRoom(path, 'WAL-SPOOL');
    }),
  };
}

/** The archive as a spool names it; a store that cannot be opened is another check's to tell. */
async function archivePlace({ archive }: DoctorPlaces): Promise<ArchivePlace | undefined> {
  if (archive === undefined) return undefined;
  const storeUrl = await archive.open().then(
    ({ url }) => url,
    () => archive.url,
  );
  return { cluster: archive.cluster, storeUrl };
}
