import { lineageFolder } from '../../contract/key-layout.ts';
import { type Check, fail, ok, skip, warn } from '../check.ts';
import { agentCommand, initCommand, verifyCommand } from '../fixes.ts';
import { judgeClock } from './server.ts';

/** The store, and whose archive it is. */
export const STORE_CHECKS: readonly Check[] = [
  {
    id: 'store-reachable',
    area: 'store',
    about: 'it answers, and knows this cluster',
    judge: (see) => ok(`lineage ${lineageFolder(see('lineage').id)}`),
  },
  {
    id: 'store-conditions',
    area: 'store',
    about: 'it refuses to store anything twice',
    judge: (see) => (see('conditions') ? ok('a second put was refused') : skip('not tried')),
  },
  {
    id: 'store-clock',
    area: 'store',
    about: "its clock agrees with this machine's",
    judge: (see) => {
      const offset = see('storeClock');
      if (offset !== undefined) return judgeClock(offset);
      // A folder has no clock to ask without writing: only a future that it shows is proof.
      const { newestAt } = see('archive');
      if (newestAt === undefined) return skip('a folder tells no time, and this one is empty');
      const aheadMs = newestAt.getTime() - see('now').getTime();
      return aheadMs > 0
        ? judgeClock({ aheadMs, uncertaintyMs: 0 })
        : ok('nothing in it is from the future');
    },
  },
  {
    id: 'store-identity',
    area: 'store',
    about: 'the archive is that of the server that answers',
    judge: (see) => {
      const { identity } = see('lineage');
      const { systemIdentifier, major, segmentBytes } = see('server');
      const rows = [
        ['system', identity.systemIdentifier, systemIdentifier],
        ['major version', identity.major, major],
        ['segment size', identity.segmentBytes, segmentBytes],
      ] as const;
      const differing = rows.filter(([, stored, here]) => stored !== here);
      if (differing.length === 0) return ok(`system ${systemIdentifier}, PostgreSQL ${major}`);
      const saw = differing.map(([what, stored, here]) => `${what} ${stored}, here ${here}`);
      return fail(
        saw.join('; '),
        `${initCommand(see('given'))} --new-lineage  # after pg_upgrade or initdb; else check --host and --cluster`,
      );
    },
  },
  {
    id: 'writer',
    area: 'store',
    about: 'this server is the one that may archive',
    judge: (see) => {
      const writer = see('writer');
      if (writer === undefined) {
        return warn('nobody has archived yet', agentCommand(see('given')));
      }
      const self = see('self');
      const rows = [
        ['machine', writer.instance, self.instance],
        ['volume', writer.volume, self.volume],
        ['data directory inode', writer.dataDirInode, self.dataDirInode],
      ] as const;
      const differing = rows.filter(([, was, is]) => was !== is);
      if (differing.length === 0) return ok(`epoch ${writer.epoch}`);
      const saw = differing.map(([what, was, is]) => `${what} ${was}, here ${is}`).join('; ');
      return fail(
        `epoch ${writer.epoch} is another's: ${saw}`,
        `${agentCommand(see('given'))} --take-over  # only if that one is gone for good`,
      );
    },
  },
  {
    id: 'writer-timeline',
    area: 'store',
    about: 'server and archive are on the same timeline',
    judge: (see) => {
      const writer = see('writer');
      const { timeline, inRecovery } = see('server');
      if (writer === undefined) return skip('nobody has archived yet');
      if (timeline === writer.timeline) return ok(`timeline ${timeline}`);
      const saw = `the archive is on timeline ${writer.timeline}, the server on ${timeline}`;
      if (inRecovery || timeline > writer.timeline) {
        return warn(saw, `${agentCommand(see('given'))}  # it goes on from there`);
      }
      return fail(
        saw,
        'export PGHOST=the-primary.example  # its name: this server was left behind',
      );
    },
  },
  {
    id: 'histories',
    area: 'store',
    about: 'the history of every timeline is there and can be read',
    judge: (see) => {
      const { runs, histories, damagedHistories } = see('archive');
      const lost = new Set([
        ...runs.map((run) => run.timeline).filter((one) => !histories.has(one)),
        ...damagedHistories.keys(),
      ]);
      if (lost.size === 0) return ok(histories.size === 1 ? 'one timeline' : 'all of them');
      return fail(
        `missing or damaged: of timeline ${[...lost].join(', ')}`,
        `${verifyCommand(see('given'))}  # says what is wrong with each`,
      );
    },
  },
  {
    id: 'strangers',
    area: 'store',
    about: 'nothing is in the archive that PostgreSQL did not write',
    judge: (see) => {
      const [first, ...others] = see('archive').strangers;
      if (first === undefined) return ok('none');
      const more = others.length === 0 ? '' : `, and ${others.length} more`;
      return warn(`${first}${more}`, `${verifyCommand(see('given'))}  # names them all`);
    },
  },
];
