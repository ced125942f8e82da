import { z } from 'zod';
import { OpsError } from '../errors/ops-error.ts';
import { RetentionPolicy } from './retention-policy.ts';

const HOURS_A_DAY = 24;
const HINT = 'docs/retention.md has every field with its limits: correct the ones named';

/**
 * Reads a policy; what is left out has its default.
 *
 * @throws {@link OpsError} `RETENTION-POLICY`, with every field at fault, or both values of a contradiction.
 */
export function parseRetentionPolicy(value: unknown): RetentionPolicy {
  const parsed = RetentionPolicy.safeParse(value);
  const faults = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new OpsError('RETENTION-POLICY', `the retention policy is refused: ${faults.join('; ')}`, {
    cause: parsed.error,
    hint: HINT,
  });
}

/**
 * Reads a policy from the JSON of an environment variable, with `changes` in place of what it says.
 *
 * @throws {@link OpsError} `RETENTION-POLICY`, also for what is not JSON.
 */
export function parsePolicyText(
  text: string,
  changes: Readonly<Record<string, unknown>> = {},
): RetentionPolicy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OpsError('RETENTION-POLICY', `the retention policy is not JSON: ${text}`, {
      cause,
      hint: `write it as {"windowDays": 35}; ${HINT}`,
    });
  }
  const fields = z.record(z.string(), z.unknown()).safeParse(value);
  return parseRetentionPolicy(fields.success ? { ...fields.data, ...changes } : value);
}

/** Each names both values. */
function contradictions(policy: RetentionPolicy): readonly string[] {
  const { windowDays, failedAfterHours, shorten, maxBytes } = policy;
  const empty = shorten.filter((rule) => policy[rule] === 0);
  const twice = shorten.filter((rule, index) => shorten.indexOf(rule) !== index);
  return [
    ...(windowDays * HOURS_A_DAY < failedAfterHours
      ? [
          `windowDays is ${windowDays}, shorter than the failedAfterHours of ${failedAfterHours}: a failed backup would stay longer than a whole one`,
        ]
      : []),
    ...(shorten.length > 0 && maxBytes === undefined
      ? [`shorten names ${shorten.join(', ')}, and there is no maxBytes past which it begins`]
      : []),
    ...empty.map((rule) => `shorten names ${rule}, and ${rule} is ${policy[rule]}: it keeps none`),
    ...twice.map((rule) => `shorten names ${rule} twice`),
  ];
}
