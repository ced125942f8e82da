import { type Command, InvalidArgumentError, Option } from 'commander';
import { parsePolicyText } from '../../lib/core/config/parse-retention-policy.ts';
import type { RetentionPolicy } from '../../lib/core/config/retention-policy.ts';
import { DeployedEnv } from '../../lib/core/contract/environment.ts';
import type { StoreOptions } from './common-options.ts';

/** What is to be kept, as options say it; each goes before the same field of `policy`. */
export interface RetentionOptions extends StoreOptions, Partial<RetentionPolicy> {
  /** JSON. */
  readonly policy?: string;
}

/** Fields of a policy that are whole numbers, and what `--help` says of each. */
const NUMBERS = [
  ['windowDays', '--window-days <days>', 'every moment of so many days back can be recovered'],
  ['daily', '--daily <count>', 'keep the newest backup of each of so many days'],
  ['weekly', '--weekly <count>', 'of each of so many weeks, which begin on Monday'],
  ['monthly', '--monthly <count>', 'of each of so many months'],
  ['yearly', '--yearly <count>', 'of each of so many years'],
  ['minBackups', '--min-backups <count>', 'so many restorable backups stay, however old'],
  ['maxBytes', '--max-bytes <bytes>', 'warn when more stays, and shorten'],
  ['agreementDays', '--agreement-days <days>', 'only what plans so far apart let go, goes'],
  ['undeleteDays', '--undelete-days <days>', 'for so long what went can be brought back'],
  ['failedAfterHours', '--failed-after-hours <hours>', 'after so long parts are a failed backup'],
] as const satisfies readonly (readonly [keyof RetentionPolicy, string, string])[];

/** `--policy`, and an option for each of its fields. */
export function withRetentionPolicy(command: Command): Command {
  command.addOption(
    new Option('--policy <json>', 'what is kept, as docs/retention.md says').env(
      DeployedEnv.RETENTION,
    ),
  );
  for (const [, flags, description] of NUMBERS) command.option(flags, description, wholeNumber);
  return command
    .option('--shorten <rules>', 'past --max-bytes let these go earlier: daily,weekly,…', words)
    .option('--time-zone <zone>', 'days begin and end in it, such as Europe/Berlin');
}

/**
 * The policy that the options name; what they leave out has its default.
 *
 * @throws {@link OpsError} `RETENTION-POLICY`.
 */
export function policyOf(options: RetentionOptions): RetentionPolicy {
  const { policy = '{}', shorten, timeZone } = options;
  const numbers = NUMBERS.map(([field]) => [field, options[field]] as const);
  const given = [...numbers, ['shorten', shorten] as const, ['timeZone', timeZone] as const];
  const changes = given.filter(([, value]) => value !== undefined);
  return parsePolicyText(policy, Object.fromEntries(changes));
}

/** Whether it is in range the policy says, which names the other value of a contradiction too. */
function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a whole number.');
}

function words(text: string): readonly string[] {
  return text.split(',');
}
