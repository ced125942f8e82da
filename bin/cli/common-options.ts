import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CURRENT } from '../../lib/core/store/current-lineage.ts';
import { CLUSTER_ID } from '../../lib/core/contract/key-layout.ts';
import { Env } from '../../lib/core/contract/environment.ts';

/** Options shared by verbs; each verb takes those that it needs. */
export interface StoreOptions {
  readonly store: string;
  readonly cluster: string;
  readonly lineage?: string;
  readonly kmsKey?: string;
  readonly envelopeKey?: string;
}

/** Which server to speak to. */
export interface ServerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
}

const MAX_PORT = 65_535;

/** `--store`, `--cluster`, and the keys that encrypt. */
export function withStore(command: Command): Command {
  return withKeys(addNeeded(addNeeded(command, storeOption()), clusterOption()));
}

/** `--store` and `--cluster`, which may be left out together, and the keys that encrypt. */
export function withOptionalStore(command: Command): Command {
  withKeys(command.addOption(storeOption()).addOption(clusterOption()));
  return command.hook('preAction', () => {
    const { store, cluster } = command.opts<Partial<StoreOptions>>();
    if ((store === undefined) === (cluster === undefined)) return;
    command.error('error: --store and --cluster only make sense together');
  });
}

/** `--store`, `--cluster`, `--spool` and `--envelope-key`, each of which may be left out. */
export function withOptionalPlaces(command: Command): Command {
  command.addOption(storeOption()).addOption(clusterOption()).addOption(spoolOption());
  return command.addOption(envelopeKeyOption());
}

/** `--lineage`: only needed when a cluster has several. */
export function withLineage(command: Command): Command {
  return command.option(
    '--lineage <name>',
    `<system identifier>-<major>, when there are several, or "${CURRENT}": the one written to last`,
  );
}

/** `--host`, `--port`, `--user`; the rest comes from libpq's own environment variables. */
export function withServer(command: Command): Command {
  return command
    .option('--host <name>', 'server, or directory of its socket (else PGHOST)')
    .option('--port <number>', 'port (else PGPORT)', countBetween(1, MAX_PORT))
    .option('--user <name>', 'role to log in as (else PGUSER)');
}

/** `--data-dir`, which may be left out. */
export function withOptionalDataDirectory(command: Command, description: string): Command {
  return command.addOption(dataDirectory(description));
}

/** `--data-dir`. */
export function withDataDirectory(command: Command, description: string): Command {
  return addNeeded(command, dataDirectory(description));
}

/** `--spool`. */
export function withSpool(command: Command): Command {
  return addNeeded(command, spoolOption());
}

/** `--spool`, which may be left out. */
export function withOptionalSpool(command: Command): Command {
  return command.addOption(spoolOption());
}

/**
 * Adds an option that a verb cannot do without. It is asked for after all words were read: a
 * misspelt option is then named as such, instead of as the one that is missing.
 */
export function addNeeded(command: Command, option: Option): Command {
  const { flags, envVar } = option;
  const source = envVar === undefined ? '' : `, or set ${envVar}`;
  return command.addOption(option).hook('preAction', () => {
    if (command.getOptionValue(option.attributeName()) !== undefined) return;
    command.error(`error: add ${flags}${source}`, {
      code: 'commander.missingMandatoryOptionValue',
    });
  });
}

/** Reads a whole number, both bounds included. */
export function countBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`give a whole number from ${min} to ${max}.`);
  };
}

function storeOption(): Option {
  return new Option('--store <url>', 'file:///directory or s3://bucket/prefix').env(Env.STORE);
}

function clusterOption(): Option {
  return new Option('--cluster <id>', 'the cluster, such as orders-prod')
    .env(Env.CLUSTER)
    .argParser(parseCluster);
}

/** `--kms-key` and `--envelope-key`. */
function withKeys(command: Command): Command {
  return command.addOption(kmsKeyOption()).addOption(envelopeKeyOption());
}

function envelopeKeyOption(): Option {
  return new Option(
    '--envelope-key <key>',
    'encrypt here, before anything is stored: a KMS key, or the absolute path of a key file',
  ).env(Env.ENVELOPE_KEY);
}

function kmsKeyOption(): Option {
  return new Option('--kms-key <id>', 'encrypt in S3 under this KMS key: id, alias or ARN').env(
    Env.KMS_KEY,
  );
}

function spoolOption(): Option {
  return new Option('--spool <directory>', 'where the agent and the archive script meet')
    .env(Env.SPOOL)
    .argParser(parseDirectory);
}

function dataDirectory(description: string): Option {
  return new Option('--data-dir <directory>', description)
    .env(Env.DATA_DIR)
    .argParser(parseDirectory);
}

/** Empty would be the working directory, which nobody means. */
function parseDirectory(text: string): string {
  if (text !== '') return resolve(text);
  throw new InvalidArgumentError('give the path of a directory.');
}

function parseCluster(text: string): string {
  if (CLUSTER_ID.test(text)) return text;
  throw new InvalidArgumentError(
    'an id is 2 to 31 lower-case letters, digits and hyphens, and starts with a letter.',
  );
}
