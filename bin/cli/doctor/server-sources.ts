import { unnamedFact } from '../../../lib/core/doctor/fact.ts';
import type { Fact, FactSources } from '../../../lib/core/doctor/facts.ts';
import { ROLES } from '../../../lib/core/init/ensure-roles.ts';
import type { CallOptions } from '../../../lib/core/ports/object-store.ts';
import { type DoctorPlaces, within } from './places.ts';

type ServerFact =
  | 'server'
  | 'session'
  | 'serverClock'
  | 'settings'
  | 'configurationErrors'
  | 'slots'
  | 'senders'
  | 'prepared'
  | 'databases'
  | 'unlogged'
  | 'roles'
  | 'heartbeat'
  | 'archiver'
  | 'queue'
  | 'position';
type Server = NonNullable<DoctorPlaces['server']>;

const SERVER_OPTION = '--host (or PGHOST)';

/** Facts that the running server tells. */
export function serverSources({ cli, server }: DoctorPlaces): Pick<FactSources, ServerFact> {
  /** Nobody asks a server that did not answer to the first question. */
  const ask = <T>(question: (server: Server, call: CallOptions) => Promise<T>): Fact<T> => {
    if (server === undefined) return unnamedFact(SERVER_OPTION);
    return within('PG-TIMEOUT', 'the server', async (call, find) => {
      await find('server');
      return question(server, call);
    });
  };
  const names = ROLES.map(({ name }) => name);
  return {
    server:
      server === undefined
        ? unnamedFact(SERVER_OPTION)
        : within('PG-TIMEOUT', 'the server', async (call) => server.cluster.describe(call)),
    session: ask(async ({ inspector }, call) => inspector.session(call)),
    serverClock: ask(async ({ cluster }, call) => {
      const before = cli.clock.now().getTime();
      const there = (await cluster.now(call)).getTime();
      const uncertaintyMs = (cli.clock.now().getTime() - before) / 2;
      return { aheadMs: there - before - uncertaintyMs, uncertaintyMs };
    }),
    settings: ask(async ({ inspector }, call) => inspector.settings(call)),
    configurationErrors: ask(async ({ inspector }, call) => inspector.configurationErrors(call)),
    slots: ask(async ({ inspector }, call) => inspector.slots(call)),
    senders: ask(async ({ inspector }, call) => inspector.senders(call)),
    prepared: ask(async ({ inspector }, call) => inspector.prepared(call)),
    databases: ask(async ({ inspector }, call) => inspector.databases(call)),
    unlogged: ask(async ({ inspector }, call) => inspector.unloggedTables(call)),
    roles: ask(async ({ inspector }, call) => inspector.roles(names, call)),
    heartbeat: ask(async ({ setup }, call) => setup.hasHeartbeat(call)),
    archiver: ask(async ({ cluster }, call) => cluster.archiver(call)),
    queue: ask(async ({ inspector }, call) => inspector.archiveQueue(call)),
    position: ask(async ({ cluster }, call) => cluster.currentLsn(call)),
  };
}
