import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { auditArchive } from '../../../lib/core/audit/archive-audit/audit-archive.ts';
import type { AuditRecord } from '../../../lib/core/audit/archive-audit/audit-record.ts';
import { auditHashes } from '../../../lib/core/audit/hash-audit/audit-hashes.ts';
import { occurrenceId } from '../../../lib/core/contract/deployed-names.ts';
import { DeployedEnv } from '../../../lib/core/contract/environment.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { isOpsError } from '../../../lib/core/errors/ops-error.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { auditLines } from '../audit-lines.ts';
import type { Cli } from '../cli.ts';
import { type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { formatBytes } from '../format.ts';
import { policyOf, type RetentionOptions } from '../retention-options.ts';
import type { Action, RunAction } from '../verb.ts';

interface AuditVerbOptions extends StoreOptions, Pick<RetentionOptions, 'policy'> {
  readonly hashes?: 'due' | 'all';
}

/** `holdfast audit`. */
export function addAuditVerb(program: Command, run: RunAction): Command {
  return withLineage(withStore(program.command('audit')))
    .description('look at the archive from the store’s side, and keep what was seen')
    .addOption(
      new Option('--hashes <what>', 'read bytes first: what is due this month, or all').choices([
        'due',
        'all',
      ]),
    )
    .addOption(
      new Option('--policy <json>', 'what is kept, as docs/retention.md says').env(
        DeployedEnv.RETENTION,
      ),
    )
    .addHelpText('after', '\nEnds with status 0, or 93 when somebody must look at something.')
    .action(run(auditVerb));
}

const auditVerb: Action<AuditVerbOptions> = async (options, cli) => {
  const { windowDays, failedAfterHours } = policyOf(options);
  const { store: opened, lineage } = await cli.openLineage(options);
  const { clock, signal, output } = cli;
  const store = keptIfAllowed(opened, cli);
  const isTimeUp = (): boolean => false;
  if (options.hashes !== undefined) {
    const bar = output.bar('hashes');
    await auditHashes({
      store,
      lineage,
      clock,
      isTimeUp,
      parallel: availableParallelism(),
      isWhole: options.hashes === 'all',
      onProgress: (objects, bytes) =>
        bar.update(objects, undefined, `${objects} objects, ${formatBytes(bytes)}`),
      signal,
    }).finally(() => bar.stop());
  }
  const record = await auditArchive({
    store,
    lineage,
    clock,
    id: occurrenceId(clock.now()),
    windowDays,
    failedAfterHours,
    isTimeUp,
    signal,
  });
  const { id, at, pass, figures, findings } = record;
  output.result({ id, at, pass, ok: isInOrder(record), figures, findings }, [
    ...auditLines(record, output.paint.red),
  ]);
  return isInOrder(record) ? 0 : ERROR_CODES['AUDIT-FOUND'].exitCode;
};

function isInOrder({ findings }: AuditRecord): boolean {
  return findings.more === 0 && findings.listed.every(({ severity }) => severity === 'note');
}

/** Who may only read audits all the same; nothing is kept then. */
function keptIfAllowed(store: ObjectStore, { output }: Cli): ObjectStore {
  const putIfAbsent: ObjectStore['putIfAbsent'] = async (...call) => {
    try {
      return await store.putIfAbsent(...call);
    } catch (error) {
      if (!isOpsError(error, 'STORE-DENIED')) throw error;
      output.note('The record of this audit was not kept: the store takes none from this account.');
      return 'created';
    }
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'putIfAbsent') return putIfAbsent;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
