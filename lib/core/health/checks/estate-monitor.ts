import { count, span } from '../../doctor/amounts.ts';
import { leastValue, newestValue, sumWithin } from '../estate/points.ts';
import { estateCheck, type EstateKnown } from '../estate-facts.ts';
import type { FactCheck } from '../fact-check.ts';
import { absent, ok, page, waiting, warn } from '../judgement.ts';

const NEEDS = 'cloudwatch:GetMetricData';
const DAY_SEC = 86_400;
const SILENT_SEC = 240;
/** Part of a backup's time limit past which it is worth a look. */
const LONG_SHARE = 0.8;
/** Errors of one function within a quarter of an hour that are no accident. */
const MANY_ERRORS = 3;
const MOST_FINDINGS = 10;

const ABOUT = {
  tier: 'M',
  group: 'monitor',
  needs: NEEDS,
  everyMinutes: 5,
  atMinute: 2,
} as const;

/** Checks of what checks, and tells. */
export const MONITOR_CHECKS: readonly FactCheck<EstateKnown>[] = [
  estateCheck({
    ...ABOUT,
    id: 'M1',
    name: 'database-probed',
    about: 'the database’s probe comes to its end every minute',
    look: 'CloudWatch Logs, the log of probe-database: health.probed, function.failed',
    source:
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html',
    fact: 'newest',
    judge: ({ DatabaseProbed }, { now }) => {
      const runs = sumWithin(DatabaseProbed, now, SILENT_SEC);
      return runs > 0 ? ok(`${count(runs, 'run')} in ${span(SILENT_SEC)}`) : page('it is silent');
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'M2',
    name: 'checks-work',
    about: 'no check ends with an error at every run',
    look: 'CloudWatch Logs, the logs of the probes: health.probed, estate.probed',
    source:
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html',
    fact: 'newest',
    judge: ({ ChecksFailedA, ChecksFailedB, ChecksFailedC, ChecksFailedD }) => {
      const tiers = { A: ChecksFailedA, B: ChecksFailedB, C: ChecksFailedC, D: ChecksFailedD };
      const failed = Object.entries(tiers).flatMap(([tier, points]) => {
        const checks = leastValue(points) ?? 0;
        return checks > 0 ? [{ subject: `tier ${tier}`, says: count(checks, 'check') }] : [];
      });
      if (failed.length === 0) return ok('none');
      const says = `checks of ${failed.map(({ subject }) => subject).join(', ')} for 15 minutes`;
      const isGrave = (leastValue(ChecksFailedA) ?? 0) > 0;
      return isGrave ? page(says, { findings: failed }) : warn(says, { findings: failed });
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'M4',
    name: 'paging-proven',
    about: 'a proof went all the way that pages go within a day',
    look: 'CloudWatch Logs, the log of notify: paging.proven, page.not_sent',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html',
    fact: 'newest',
    judge: ({ PagingProven, EstateProbed }, { now }) => {
      if (sumWithin(PagingProven, now, DAY_SEC) > 0) return ok('within a day');
      if (sumWithin(PagingProven, now, 2 * DAY_SEC) > 0) return warn('not for a day');
      // A new deployment: the first proof may be under way.
      const [first] = EstateProbed ?? [];
      const isNew = first === undefined || now.getTime() - first.at.getTime() < DAY_SEC * 1_000;
      return isNew ? waiting({}) : page('none within two days');
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'M5',
    name: 'functions-work',
    about: 'the cluster’s functions end as they should, and none is held back',
    look: 'CloudWatch Logs, the log of the function: function.failed',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html',
    fact: 'functions',
    judge: (functions) => {
      if (functions.length === 0) return absent('the deployment names none');
      const ill = functions
        .filter(({ errors, throttles }) => errors + throttles > 0)
        .toSorted((one, other) => other.errors - one.errors);
      if (ill.length === 0) return ok(`${count(functions.length, 'function')} without an error`);
      const findings = ill.slice(0, MOST_FINDINGS).map(({ name, errors, throttles }) => ({
        subject: name,
        says: `${count(errors, 'error')}, held back ${throttles} times`,
      }));
      const says = `${count(ill.length, 'function')} with errors within 15 minutes`;
      const isGrave = ill.some(({ errors, throttles }) => errors + throttles >= MANY_ERRORS);
      return isGrave ? page(says, { findings }) : warn(says, { findings });
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'M6',
    name: 'tasks-run',
    about: 'base backups’ tasks start, end well and in time',
    look: 'CloudWatch Logs, the tasks’ log: task.failed; aws ecs describe-tasks',
    source:
      'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html',
    fact: 'newest',
    judge: (
      { TaskNotStarted, BackupFailed, BackupElapsedSec },
      { now, backupTimeoutSec = Number.POSITIVE_INFINITY },
    ) => {
      const failed = sumWithin(BackupFailed, now, DAY_SEC);
      if (failed > 0) return page(`${count(failed, 'base backup')} failed within a day`);
      const unstarted = sumWithin(TaskNotStarted, now, DAY_SEC);
      if (unstarted > 0) return warn(`${count(unstarted, 'task')} never started within a day`);
      const elapsedSec = newestValue(BackupElapsedSec);
      if (elapsedSec === undefined) return ok('none runs');
      const says = `one has run for ${span(elapsedSec)}`;
      return elapsedSec > backupTimeoutSec * LONG_SHARE ? warn(says) : ok(says);
    },
  }),
];
