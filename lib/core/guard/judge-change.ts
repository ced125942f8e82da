import { GUARD_PROOF_TAG } from '../contract/deployed-names.ts';
import type { ChangeEvent } from './change-event.ts';
import { CHANGE_RULES, type Weight } from './change-rules.ts';

/** Whom the guard knows. */
export interface KnownRoles {
  /** ARN of the role by which deployments change what is deployed. */
  readonly deployment: string;
  /** ARN of the role that proves the guard. */
  readonly proof: string;
}

/** What is to be done about a change. */
export interface Verdict {
  /** `proof`: the harmless change by which the guard shows that it hears; `log`: nobody need be told. */
  readonly action: 'page' | 'ticket' | 'log' | 'proof';
  /** A clause that says what the change does, or what is not known about it. */
  readonly says: string;
  /** Whether it was a deployment. */
  readonly isDeployment: boolean;
}

/** Whom a change of each weight concerns, by who made it. */
const ACTIONS: Readonly<
  Record<Weight, Readonly<Record<'deployment' | 'other', Verdict['action']>>>
> = {
  ends: { deployment: 'page', other: 'page' },
  changes: { deployment: 'ticket', other: 'page' },
  deploys: { deployment: 'log', other: 'page' },
  mends: { deployment: 'ticket', other: 'ticket' },
  plain: { deployment: 'log', other: 'log' },
};
const UNKNOWN = 'nobody has said what this call does to the archive: read it in CloudTrail';

/**
 * Decides whom a change concerns. Nothing is swallowed: a call that no rule names pages, unless a
 * deployment made it. One that was refused is judged as if it had not been: who tries to end a key may
 * find a way.
 */
export function judgeChange(event: ChangeEvent, roles: KnownRoles): Verdict {
  const isDeployment = event.role === roles.deployment;
  if (isProof(event, roles)) {
    return { action: 'proof', says: 'the guard heard of its own harmless change', isDeployment };
  }
  const rules = CHANGE_RULES[event.service] ?? {};
  const rule = Object.hasOwn(rules, event.name) ? rules[event.name] : undefined;
  const { weight = 'changes', says = UNKNOWN } = rule ?? {};
  const known = typeof weight === 'function' ? weight(event) : weight;
  const action = ACTIONS[known][isDeployment ? 'deployment' : 'other'];
  return { action, says, isDeployment };
}

/** Only its own role, its own call and its own tag, and one that took effect. */
function isProof({ service, name, role, request, refusal }: ChangeEvent, { proof }: KnownRoles) {
  if (service !== 'kms' || name !== 'TagResource' || role !== proof) return false;
  const { tags } = request;
  return refusal === undefined && Array.isArray(tags) && tags.length > 0 && tags.every(isProofTag);
}

function isProofTag(tag: unknown): boolean {
  return (
    typeof tag === 'object' && tag !== null && 'tagKey' in tag && tag.tagKey === GUARD_PROOF_TAG
  );
}
