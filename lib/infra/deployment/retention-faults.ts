import { coldStorageFaults } from './cold-storage.ts';
import type { DeploymentFault } from './deployment-faults.ts';
import { lockDays, neededDays, type Retention, type RetentionParts } from './retention.ts';
import { intervalDays, longestGapSec } from './schedule.ts';

const HOUR_SEC = 3_600;
const DAY_HOURS = 24;
/** KMS waits no longer than that before it deletes a key. */
const LONGEST_KEY_DELETION_DAYS = 30;
/** From the tag to the marker: lifecycle rules are run once a day. */
const LIFECYCLE_DAYS = 1;

/**
 * All in which retention, lock, key and schedule of a cluster contradict each other.
 *
 * @param above - path of what has the field `retention`. @default - the cluster itself
 */
export function retentionFaults(
  parts: RetentionParts,
  above: readonly string[] = [],
): readonly DeploymentFault[] {
  return [
    ...windowFaults(parts),
    ...lockFaults(parts),
    ...keyFaults(parts.retention),
    ...capFaults(parts.retention),
    ...coldStorageFaults(parts),
  ].map(({ path, message }) => ({ path: [...above, 'retention', ...path], message }));
}

function windowFaults({ retention, backup }: RetentionParts): readonly DeploymentFault[] {
  const { days, agreementDays } = retention;
  const gapHours = longestGapSec(backup.schedule) / HOUR_SEC;
  const interval = intervalDays(backup.schedule);
  return [
    ...faultIf(
      days * DAY_HOURS < gapHours,
      ['days'],
      `${days} is shorter than the ${gapHours} hours between two backups`,
    ),
    ...faultIf(
      agreementDays < interval,
      ['agreementDays'],
      `${agreementDays} is shorter than the ${interval} days between two backups: both plans would judge by the same ones`,
    ),
  ];
}

function lockFaults(parts: RetentionParts): readonly DeploymentFault[] {
  const { retention, backup } = parts;
  const { days, agreementDays, undeleteDays, lock } = retention;
  const needed = neededDays(parts);
  const removed = needed + agreementDays + LIFECYCLE_DAYS + undeleteDays;
  const locked = lockDays(parts);
  const sum = `${days} of the window, ${intervalDays(backup.schedule)} between two backups and ${lock.graceDays} of grace`;
  return [
    ...faultIf(
      lock.graceDays * DAY_HOURS < backup.timeoutHours,
      ['lock', 'graceDays'],
      `${lock.graceDays} is shorter than the ${backup.timeoutHours} hours that a backup may take`,
    ),
    ...faultIf(
      locked < needed,
      ['lock', 'days'],
      `${locked} is shorter than the ${needed} for which objects are needed: ${sum}`,
    ),
    ...faultIf(
      locked > removed,
      ['lock', 'days'],
      `${locked} is longer than the ${removed} after which what is let go is removed: ${sum}, ${agreementDays} until two plans agree, ${undeleteDays} to bring it back`,
    ),
  ];
}

function keyFaults({ keyDeletionDays, undeleteDays, lock }: Retention): readonly DeploymentFault[] {
  const isForever = lock.mode === 'compliance';
  return [
    ...faultIf(
      keyDeletionDays < Math.min(undeleteDays, LONGEST_KEY_DELETION_DAYS),
      ['keyDeletionDays'],
      `${keyDeletionDays} is shorter than undeleteDays, ${undeleteDays}: what can be brought back could not be decrypted`,
    ),
    ...faultIf(
      isForever && keyDeletionDays < LONGEST_KEY_DELETION_DAYS,
      ['keyDeletionDays'],
      `${keyDeletionDays} is shorter than the ${LONGEST_KEY_DELETION_DAYS} that KMS allows, and lock.mode is ${lock.mode}: without its key a lock keeps noise`,
    ),
  ];
}

function capFaults(retention: Retention): readonly DeploymentFault[] {
  const { shorten, maxGiB } = retention;
  const nothingToShorten = shorten.flatMap((rule, index) =>
    faultIf(
      retention[rule] === 0,
      ['shorten', index],
      `${rule} backups are not kept, ${rule} is ${retention[rule]}: there are none to let go earlier`,
    ),
  );
  const twice = shorten.flatMap((rule, index) =>
    faultIf(shorten.indexOf(rule) !== index, ['shorten', index], `${rule} is there twice`),
  );
  return [
    ...faultIf(
      shorten.length > 0 && maxGiB === undefined,
      ['shorten'],
      `names ${shorten.join(', ')}, but there is no maxGiB past which it begins`,
    ),
    ...nothingToShorten,
    ...twice,
  ];
}

function faultIf(
  isFault: boolean,
  path: (string | number)[],
  message: string,
): readonly DeploymentFault[] {
  return isFault ? [{ path, message }] : [];
}
