import { type Check, fail, ifSeen, ok, skip } from '../check.ts';
import { word } from '../fixes.ts';

/** What PostgreSQL itself accepts: for its owner alone, or readable by its group. */
const MODES = new Set([0o700, 0o750]);

/** The data directory, as a file system sees it. */
export const DATA_DIRECTORY_CHECKS: readonly Check[] = [
  {
    id: 'data-dir-cluster',
    area: 'data directory',
    about: 'it is a data directory whose control file can be read',
    judge: (see) => {
      const { systemIdentifier, state } = see('controlData');
      return ok(`system ${systemIdentifier}, ${state}`);
    },
  },
  {
    id: 'data-dir-server',
    area: 'data directory',
    about: 'it is the one that the server runs on',
    judge: (see) => {
      const { systemIdentifier, dataDirectory } = see('server');
      const here = see('controlData').systemIdentifier;
      if (here === systemIdentifier) return ok(`system ${here}`);
      return fail(
        `system ${here} here, ${systemIdentifier} answers`,
        `export HOLDFAST_DATA_DIR=${word(dataDirectory)}  # or name the other server with --host`,
      );
    },
  },
  {
    id: 'data-dir-owner',
    area: 'data directory',
    about: 'it belongs to an ordinary account, and that account or root looks at it',
    judge: (see) => {
      const { path, uid, owner } = see('dataDirectory');
      const self = see('runtime').uid;
      if (uid === 0) return fail('it belongs to root', `chown -R postgres: ${word(path)}`);
      if (self === undefined || self === 0 || self === uid) return ok(owner);
      return fail(
        `it belongs to ${owner}, Holdfast runs as account ${self}`,
        `sudo -u ${word(owner)} holdfast doctor  # and the agent likewise`,
      );
    },
  },
  {
    id: 'data-dir-mode',
    area: 'data directory',
    about: 'nobody but its owner may write to it (0700 or 0750)',
    judge: (see) => {
      const { path, mode } = see('dataDirectory');
      const saw = `0${mode.toString(8)}`;
      return MODES.has(mode) ? ok(saw) : fail(saw, `chmod 0700 ${word(path)}`);
    },
  },
  {
    id: 'data-dir-left-overs',
    area: 'data directory',
    about: 'no recovery or backup left anything behind that the next start would act on',
    judge: (see) => {
      const { path, leftOvers } = see('dataDirectory');
      // Of a standby it is no left-over; of a server that cannot be asked it may be one.
      const isStandby = ifSeen(see, 'server')?.inRecovery ?? true;
      const found = leftOvers.filter((name) => !(isStandby && name === 'standby.signal'));
      if (found.length === 0) return ok('none');
      const paths = found.map((name) => word(`${path}/${name}`)).join(' ');
      return fail(
        found.join(', '),
        `ls -l ${paths}  # a recovery that is not finished? else move them away before the next start`,
      );
    },
  },
  {
    id: 'data-dir-wal-link',
    area: 'data directory',
    about: 'where pg_wal is, for whoever restores',
    judge: (see) => {
      const { walLink } = see('dataDirectory');
      return ok(walLink === undefined ? 'pg_wal is in it' : `pg_wal is a link to ${walLink}`);
    },
  },
  {
    id: 'config-files',
    area: 'data directory',
    about: 'where the configuration is: a base backup holds only what is in the data directory',
    judge: (see) => {
      const settings = see('settings');
      const home = `${see('server').dataDirectory}/`;
      const files = ['config_file', 'hba_file', 'ident_file'].map((name) => settings.get(name));
      const paths = files.filter((path) => path !== undefined);
      if (paths.length === 0)
        return skip('this role may not see where: it needs pg_read_all_settings');
      const outside = paths.filter((path) => !path.startsWith(home));
      if (outside.length === 0) return ok('in the data directory');
      return ok(`keep a copy of ${outside.join(', ')}: no base backup holds them`);
    },
  },
];
