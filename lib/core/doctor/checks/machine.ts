import { type Check, fail, ifSeen, ok, warn } from '../check.ts';
import { count } from '../amounts.ts';
import type { See } from '../facts.ts';
import { word } from '../fixes.ts';

/** TypeScript is run as it is, and zstd is built in, from here on. */
const OLDEST_NODE = 24;
/** Called by the archive and restore scripts, and by the locks. */
const NEEDED_TOOLS = ['sh', 'sleep', 'date', 'rm', 'mv', 'flock'];
/** Called to tell this volume from its clones. */
const IDENTITY_TOOLS = ['findmnt'];
/** What docs/restore-by-hand.md restores with. */
const HAND_TOOLS = ['zstd', 'tar', 'cp'];
/** Every program of the operating system that a check asks for. */
export const TOOLS = [...NEEDED_TOOLS, ...IDENTITY_TOOLS, ...HAND_TOOLS];

/** What runs Holdfast. */
export const MACHINE_CHECKS: readonly Check[] = [
  {
    id: 'node-version',
    area: 'machine',
    about: `Node is version ${OLDEST_NODE} or newer`,
    judge: (see) => {
      const { nodeVersion } = see('runtime');
      const isNew = Number.parseInt(nodeVersion, 10) >= OLDEST_NODE;
      return isNew ? ok(nodeVersion) : fail(nodeVersion, 'npm run setup  # brings the pinned Node');
    },
  },
  {
    id: 'postgres-programs',
    area: 'machine',
    about: "PostgreSQL's programs are here, of the major version of server and archive",
    judge: (see) => {
      const usable = see('programs').filter(({ missing }) => missing.length === 0);
      const majors = usable.flatMap(({ major }) => (major === undefined ? [] : [major]));
      const saw = usable.map(({ major, directory }) => `${major} in ${directory}`).join(', ');
      const wanted = wantedMajor(see);
      if (majors.length === 0) {
        return fail('none', `apt-get install postgresql-${wanted ?? 18}  # or set PGBIN`);
      }
      if (wanted === undefined || majors.includes(wanted)) return ok(saw);
      return fail(
        `${saw}; ${wanted} is needed`,
        `apt-get install postgresql-${wanted}  # or set PGBIN`,
      );
    },
  },
  {
    id: 'pgbin',
    area: 'machine',
    about: 'PGBIN, when set, leads to a complete directory that only its owner may change',
    judge: (see) => {
      const explicit = see('programs').find((one) => one.explicit);
      if (explicit === undefined) return ok('PGBIN is not set');
      const { directory, missing, isOpen } = explicit;
      if (missing.length > 0)
        return fail(`${directory} lacks ${missing.join(', ')}`, 'unset PGBIN');
      if (!isOpen) return ok(directory);
      return fail(
        `${directory} may be changed by other accounts, whose programs would then run here`,
        `chmod go-w ${word(directory)}`,
      );
    },
  },
  {
    id: 'password-file',
    area: 'machine',
    about: 'no password is where Holdfast does not look',
    judge: (see) => {
      const { passwordFile } = see('runtime');
      if (passwordFile === undefined) return ok('PGPASSFILE is not set');
      return warn(
        `PGPASSFILE is set to ${passwordFile}, which Holdfast does not read`,
        'unset PGPASSFILE  # and set PGPASSWORD, or log in by peer or certificate',
      );
    },
  },
  {
    id: 'tools',
    area: 'machine',
    about: 'the programs that Holdfast and its scripts call are here',
    judge: (see) => {
      const tools = see('tools');
      const missing = NEEDED_TOOLS.filter((name) => tools.get(name) === false);
      if (missing.length > 0) {
        return fail(`missing: ${missing.join(', ')}`, 'apt-get install util-linux coreutils dash');
      }
      const blind = IDENTITY_TOOLS.filter((name) => tools.get(name) === false);
      if (blind.length === 0) return ok(count(tools.size, 'program'));
      return warn(
        `missing: ${blind.join(', ')}: a volume is told by its device number, which may change`,
        'apt-get install util-linux',
      );
    },
  },
  {
    id: 'hand-tools',
    area: 'machine',
    about: 'a restore by hand would find its tools here',
    judge: (see) => {
      const tools = see('tools');
      const missing = HAND_TOOLS.filter((name) => tools.get(name) === false);
      if (missing.length === 0) return ok(HAND_TOOLS.join(', '));
      return warn(`missing: ${missing.join(', ')}`, `apt-get install ${missing.join(' ')}`);
    },
  },
];

/** The major version that programs must have: the server's, else the archive's; either may be unseen. */
function wantedMajor(see: See): number | undefined {
  return ifSeen(see, 'server')?.major ?? ifSeen(see, 'lineage')?.id.major;
}
