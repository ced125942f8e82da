import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CLUSTER_ID } from '../../lib/core/contract/key-layout.ts';
import { Env } from '../../lib/core/contract/environment.ts';

/** Options shared by verbs; each verb takes those that it needs. */
export interface StoreOptions {
  readonly store: string;
  readonly cluster: string;
  readonly lineage?: string;
}

/** Which server to speak to. */
export interface ServerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
}

/** `--store`, `--cluster`, and `--lineage` where a cluster may have several. */
export function withStore(command: Command): Command {
  return command
    .addOption(
      new Option('--store <url>', 'file:///directory or s3://bucket/prefix')
        .env(Env.STORE)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--cluster <id>', 'the cluster, such as orders-prod')
        .env(Env.CLUSTER)
        .argParser(parseCluster)
        .makeOptionMandatory(),
    );
}

/** `--lineage`: only needed when a cluster has several. */
export function withLineage(command: Command): Command {
  return command.option('--lineage <name>', '<system identifier>-<major>, when there are several');
}

/** `--host`, `--port`, `--user`; the rest comes from libpq's own environment variables. */
export function withServer(command: Command): Command {
  return command
    .option('--host <name>', 'server, or directory of its socket (else PGHOST)')
    .option('--port <number>', 'port (else PGPORT)', parseCount)
    .option('--user <name>', 'role to log in as (else PGUSER)');
}

/** `--data-dir`. */
export function withDataDirectory(command: Command, description: string): Command {
  return command.addOption(
    new Option('--data-dir <directory>', description)
      .env(Env.DATA_DIR)
      .argParser((text) => resolve(text))
      .makeOptionMandatory(),
  );
}

/** `--spool`. */
export function withSpool(command: Command): Command {
  return command.addOption(
    new Option('--spool <directory>', 'where the agent and the archive script meet')
      .env(Env.SPOOL)
      .argParser((text) => resolve(text))
      .makeOptionMandatory(),
  );
}

/** A whole number of 1 or more. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('give a whole number of 1 or more.');
}

function parseCluster(text: string): string {
  if (CLUSTER_ID.test(text)) return text;
  throw new InvalidArgumentError(
    'an id is 2 to 31 lower-case letters, digits and hyphens, and starts with a letter.',
  );
}
