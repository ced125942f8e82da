import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { secretsManagerVersions } from '../../lib/core/adapters/aws/secrets-manager-versions.ts';
import { readIfThere } from '../../lib/core/adapters/host/secret-files.ts';
import { findAllCollationChanges } from '../../lib/core/adapters/postgres/collation-changes.ts';
import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { ensurePooler } from '../../lib/core/adapters/postgres/pooler-login.ts';
import { rolePasswords } from '../../lib/core/adapters/postgres/role-passwords.ts';
import { withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { folderSpoolMaker } from '../../lib/core/adapters/wal/folder-spool-maker.ts';
import { readWriterIdentity } from '../../lib/core/adapters/wal/writer-identity.ts';
import { POSTGRES_PORT } from '../../lib/core/contract/deployed-names.ts';
import { Event } from '../../lib/core/contract/events.ts';
import {
  CLUSTER_DIRECTORY,
  DATA_DIRECTORY_NAME,
  SOCKETS,
  SPOOL,
  VOLUME,
} from '../../lib/core/contract/host-paths.ts';
import { failureFields } from '../../lib/core/errors/failure-fields.ts';
import { OpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import { settlePasswords } from '../../lib/core/host/settle/settle-passwords.ts';
import { ensureRoles } from '../../lib/core/init/ensure-roles.ts';
import { runInit } from '../../lib/core/init/run-init.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { isVerifierOf, SALT_BYTES, scramVerifier } from '../../lib/core/secrets/scram-verifier.ts';
import { currentLineage } from '../../lib/core/store/current-lineage.ts';
import { currentWriter, isWriter } from '../../lib/core/store/writer-epoch.ts';
import type { TaskProcess } from '../shared/run-task.ts';
import { poolerLogin } from './pooler-secrets.ts';
import { runStep, type Step, type StepContext } from './run-step.ts';
import { kmsKeyOf } from './volume.ts';

const DATA_DIRECTORY = join(CLUSTER_DIRECTORY, DATA_DIRECTORY_NAME);
/** The superuser, as a local peer. */
const SERVER: ConnectionOptions = {
  host: SOCKETS,
  port: POSTGRES_PORT,
  user: 'postgres',
  database: 'postgres',
};
const DEFAULT_ARCHIVE_TIMEOUT_SEC = 60;
const newSalt = (): Uint8Array => randomBytes(SALT_BYTES);

/**
 * What a running server needs and its files cannot say. What does not depend on a service comes first, and
 * one that fails keeps no other from being done.
 */
const settleHost: Step = async (context) => {
  const failures: OpsError[] = [];
  for (const [what, part] of Object.entries(PARTS)) {
    await part(context).catch((cause: unknown) => {
      const error = toOpsError(cause);
      context.log.warn(Event.HOST_FINDING, { finding: what, ...failureFields(error) });
      failures.push(error);
    });
  }
  const [first] = failures;
  if (first !== undefined) throw first;
  context.log.info(Event.HOST_SETTLED, { cluster: context.config.cluster });
  return 'settled';
};

/** @see docs/operate.md on collations */
async function findCollations({ log, signal }: StepContext): Promise<void> {
  for (const { kind, database, name, recorded, actual } of await findAllCollationChanges(SERVER, {
    signal,
  })) {
    log.warn(Event.HOST_FINDING, {
      finding: `the ${kind} ${name} was built with version ${recorded} and is ${actual ?? 'unknown'} here: its indexes may be wrong`,
      database,
    });
  }
}

const PARTS: Readonly<Record<string, (context: StepContext) => Promise<void>>> = {
  roles: settleRoles,
  pooler: settlePooler,
  collations: findCollations,
  passwords: settleSecrets,
  archiving: settleArchiving,
  writer: settleWriter,
};

async function settleRoles({ signal }: StepContext): Promise<void> {
  await using server = openClusterServer(SERVER);
  await using setup = openClusterSetup(SERVER);
  const { major } = await server.describe({ signal });
  await ensureRoles(setup, major, { signal });
}

async function settlePooler({ config, signal }: StepContext): Promise<void> {
  const password = config.pooler.enabled ? await poolerLogin() : undefined;
  if (password === undefined) return;
  const standing = await rolePasswords(SERVER).verifierOf('holdfast_pooler', { signal });
  const isKept = standing !== undefined && isVerifierOf(standing, password);
  const verifier = isKept ? standing : scramVerifier(password, newSalt());
  await withSession(SERVER, { signal }, async (sql) => ensurePooler(sql, verifier));
}

async function settleSecrets({ config, signal }: StepContext): Promise<void> {
  await settlePasswords(config.roleSecrets, {
    passwords: rolePasswords(SERVER),
    secrets: secretsManagerVersions(),
    salt: newSalt,
    signal,
  });
}

/** As `holdfast init` does, without what a person has to decide. */
async function settleArchiving({ config, clock, log, signal }: StepContext): Promise<void> {
  const store = await openStore(config);
  await using server = openClusterServer(SERVER);
  await using setup = openClusterSetup(SERVER);
  const { settings } = await server.describe({ signal });
  const report = await runInit(
    {
      cluster: config.cluster,
      spool: SPOOL,
      dataDirectory: DATA_DIRECTORY,
      // As it is configured: 0 would let a quiet server keep a commit for ever.
      archiveTimeoutSec: Number(settings.archive_timeout) || DEFAULT_ARCHIVE_TIMEOUT_SEC,
      newLineage: false,
      check: false,
    },
    { server, setup, store, spools: folderSpoolMaker, clock, signal },
  );
  if (report.needsRestart) log.warn(Event.HOST_FINDING, { finding: 'settings wait for a restart' });
}

/** After a recovery onto another volume, until the agent here is the writer: from then on it follows the volume. */
async function settleWriter({ config, signal }: StepContext): Promise<void> {
  const mark = join(VOLUME, 'take-over');
  if ((await readIfThere(mark)) === undefined) return;
  const store = await openStore(config);
  const { lineage } = await currentLineage(store, config.cluster, { signal });
  const standing = await currentWriter(store, lineage, { signal });
  const self = await readWriterIdentity(DATA_DIRECTORY);
  if (standing === undefined || !isWriter(standing, self)) {
    throw new OpsError('WAL-FENCED', 'the agent of this host is not the writer yet', {
      hint: 'it takes over when it starts: see "journalctl -u holdfast-agent"',
    });
  }
  await rm(mark);
}

async function openStore(config: StepContext['config']): Promise<ObjectStore> {
  const { store, envelopeKey } = config;
  return openObjectStore(store, { kmsKey: kmsKeyOf(config), envelopeKey });
}

/** Runs the role `host-settle`; gives the exit status. */
export async function runHostSettle(io: TaskProcess): Promise<number> {
  return runStep('host-settle', settleHost, io);
}
