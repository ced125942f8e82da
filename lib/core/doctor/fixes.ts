import { quoteForShell } from '../shell/shell-word.ts';
import type { Given } from './facts.ts';

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** A word as it is pasted into a shell. */
export function word(text: string): string {
  return PLAIN_WORD.test(text) ? text : quoteForShell(text);
}

/** A name as it stands in SQL, whatever is in it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Words of `psql` that run a statement; names from a server may hold anything. */
export function statement(sql: string): string {
  return `-c ${quoteForShell(sql)}`;
}

/** The command that gives a setting its value; whether that takes a restart is said behind it. */
export function setSetting(name: string, value: string, needsRestart: boolean): string {
  const set = `psql -c "ALTER SYSTEM SET ${name} = '${value}'"`;
  return needsRestart ? `${set}  # then restart PostgreSQL` : `${set} -c "SELECT pg_reload_conf()"`;
}

/** The command that takes a setting back to its default. */
export function resetSetting(name: string, needsRestart: boolean): string {
  const apply = needsRestart ? '' : ' -c "SELECT pg_reload_conf()"';
  const then = needsRestart ? '; then restart PostgreSQL' : '';
  return `psql -c "ALTER SYSTEM RESET ${name}"${apply}  # or remove it from postgresql.conf${then}`;
}

/** `holdfast <verb>` with what the operator named. */
export function holdfast(verb: string, given: Given, names: readonly (keyof Given)[]): string {
  const options: Readonly<Record<keyof Given, string>> = {
    store: '--store',
    cluster: '--cluster',
    spool: '--spool',
    dataDir: '--data-dir',
  };
  const words = names.flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [options[name], word(value)];
  });
  return ['holdfast', verb, ...words].join(' ');
}

/** What `init` is run with. */
export function initCommand(given: Given): string {
  return holdfast('init', given, ['store', 'cluster', 'spool', 'dataDir']);
}

/** What the agent is run with. */
export function agentCommand(given: Given): string {
  return holdfast('agent', given, ['store', 'cluster', 'spool', 'dataDir']);
}

/** What a base backup is taken with. */
export function backupCommand(given: Given): string {
  return holdfast('backup', given, ['store', 'cluster']);
}

/** What names each gap, and the command that gets past it. */
export function resolveCommand(given: Given): string {
  return holdfast('resolve', given, ['store', 'cluster', 'dataDir']);
}

/** What the store is verified with. */
export function verifyCommand(given: Given): string {
  return holdfast('verify --deep', given, ['store', 'cluster']);
}
