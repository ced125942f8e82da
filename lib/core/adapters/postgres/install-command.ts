import { existsSync, readFileSync } from 'node:fs';

/** The command that installs PostgreSQL's server and programs on a machine. */
export interface InstallCommand {
  /** What a person types, with `sudo` where it is needed. */
  readonly line: string;
  /** Whether Debian's own packages are new enough, so that `apt-get install` is all it takes. */
  readonly byApt: boolean;
}

/** A platform as Node names it, and the text of its /etc/os-release ('' where there is none). */
export interface Platform {
  readonly platform: string;
  readonly osRelease: string;
}

const APT = 'sudo apt-get update && sudo apt-get install -y postgresql';
/** Debian's script that adds PostgreSQL's own repository: https://wiki.postgresql.org/wiki/Apt */
const PGDG_APT =
  'sudo apt-get update && sudo apt-get install -y postgresql-common && ' +
  'sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && ' +
  'sudo apt-get install -y postgresql-18';
/** First releases whose own PostgreSQL is at least 15. */
const APT_SINCE: Readonly<Record<string, number>> = { debian: 12, ubuntu: 23.04 };

const BY_SYSTEM: Readonly<Record<string, string>> = {
  amzn: 'sudo dnf install -y postgresql17-server postgresql17-contrib',
  fedora: 'sudo dnf install -y postgresql-server postgresql-contrib',
  rhel:
    'sudo dnf module enable -y postgresql:16 && ' +
    'sudo dnf install -y postgresql-server postgresql-contrib',
};
const BREW = 'brew install postgresql@18';
const UNKNOWN = 'install PostgreSQL 15 or newer, then set PGBIN to the directory of its programs';

/** This machine's platform. */
export function thisPlatform(): Platform {
  const file = '/etc/os-release';
  return {
    platform: process.platform,
    osRelease: existsSync(file) ? readFileSync(file, 'utf8') : '',
  };
}

/** The one command that installs PostgreSQL 15 or newer on `platform`. */
export function installCommand({ platform, osRelease }: Platform): InstallCommand {
  if (platform === 'darwin') return { line: BREW, byApt: false };
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const id = field('ID');
  const families = [id, ...field('ID_LIKE').split(' ')];
  if (families.includes('debian') || families.includes('ubuntu')) {
    const since = APT_SINCE[id];
    const byApt = since === undefined || Number(field('VERSION_ID') || since) >= since;
    return { line: byApt ? APT : PGDG_APT, byApt };
  }
  const system = families.find((family) => BY_SYSTEM[family] !== undefined);
  return { line: (system !== undefined && BY_SYSTEM[system]) || UNKNOWN, byApt: false };
}
