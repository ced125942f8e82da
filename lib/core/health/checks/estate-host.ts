import { span } from '../../doctor/amounts.ts';
import { leastValue, mostValue, newestValue } from '../estate/points.ts';
import type { NewestName } from '../estate/wanted-metrics.ts';
import { estateCheck, type EstateFacts, type EstateKnown } from '../estate-facts.ts';
import type { FactCheck } from '../fact-check.ts';
import { absent, above, blind, type Judgement, ok, page } from '../judgement.ts';

const NEEDS = 'cloudwatch:GetMetricData';
/** What a client may wait for a connection of the pooler, in seconds. */
const POOLER_WAIT = { warn: 5, page: 30 } as const;
const EC2_STATUS =
  'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html';
const EBS_METRICS = 'https://docs.aws.amazon.com/ebs/latest/userguide/using_cloudwatch_ebs.html';
type Newest = EstateFacts['newest'];

const ABOUT = {
  tier: 'B',
  group: 'machine',
  needs: NEEDS,
  everyMinutes: 5,
  atMinute: 2,
  fact: 'newest',
} as const;

/** Looks whether any of AWS's own checks fails. */
function failing(newest: Newest, names: readonly NewestName[], ill: string): Judgement {
  const values = names.map((name) => mostValue(newest[name]));
  const failed = names.filter((_, index) => (values[index] ?? 0) > 0);
  if (failed.length > 0) return page(`${ill}: ${failed.join(', ')}`);
  const [first] = names;
  // The further ones are not told of every type of instance.
  return values[0] === undefined
    ? blind(`CloudWatch has no ${first} of the last 15 minutes`)
    : ok('passed');
}

/** Checks of the machine that PostgreSQL is on, by AWS's own metrics, and of the pooler beside it. */
export const HOST_CHECKS: readonly FactCheck<EstateKnown>[] = [
  estateCheck({
    ...ABOUT,
    id: 'B6',
    name: 'pooler-queue',
    group: 'connections',
    about: 'clients of the pooler get a connection at once',
    needs: 'the pooler’s metrics',
    look: 'SHOW POOLS at the pooler’s console',
    source: 'https://www.pgbouncer.org/usage.html#show-pools',
    judge: ({ PoolerMaxWaitSec }, { hasPooler }) => {
      if (!hasPooler) return absent('no pooler');
      const waitSec = newestValue(PoolerMaxWaitSec);
      if (waitSec === undefined) return blind('the pooler has said nothing for 15 minutes');
      return { standing: above(waitSec, POOLER_WAIT), says: `${span(waitSec)} at most` };
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'B16',
    name: 'cpu',
    about: 'the host’s processors are not busy all the time',
    look: 'top; SELECT pid, wait_event, state FROM pg_stat_activity',
    source:
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html#EC2',
    judge: ({ CPUUtilization }, { thresholds, hostGroup }) => {
      if (hostGroup === undefined) return absent('no host that the deployment names');
      const percent = leastValue(CPUUtilization);
      if (percent === undefined) return blind('CloudWatch has no CPUUtilization of 15 minutes');
      const says = `${percent.toFixed(0)} % busy at least, for 15 minutes`;
      return { standing: above(percent, thresholds.cpuPercent), says };
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'B17',
    name: 'instance-status',
    about: 'the instance passes EC2’s own checks, and reaches its volumes',
    look: 'aws ec2 describe-instance-status',
    source: EC2_STATUS,
    judge: (newest, { hostGroup }) =>
      hostGroup === undefined
        ? absent('no host that the deployment names')
        : failing(newest, ['StatusCheckFailed', 'StatusCheckFailed_AttachedEBS'], 'failed'),
  }),
  estateCheck({
    ...ABOUT,
    id: 'B18',
    name: 'volume-stalled',
    about: 'the data volume completes what it is asked',
    look: 'aws ec2 describe-volume-status',
    source: EBS_METRICS,
    judge: (newest, { volumeId }) =>
      volumeId === undefined
        ? absent('no volume that the deployment names')
        : failing(newest, ['VolumeStalledIOCheck'], 'stalled'),
  }),
  estateCheck({
    ...ABOUT,
    id: 'B19',
    name: 'volume-limits',
    about: 'the data volume is not asked for more than it was given, for long',
    look: 'aws ec2 describe-volumes: Iops, Throughput',
    source: EBS_METRICS,
    // Each point is the least of five minutes: above 0 only when every one of them was.
    judge: (newest, { volumeId }) =>
      volumeId === undefined
        ? absent('no volume that the deployment names')
        : failing(
            newest,
            ['VolumeIOPSExceededCheck', 'VolumeThroughputExceededCheck'],
            'asked for more all the time',
          ),
  }),
];
