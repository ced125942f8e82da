import {
  type Conditions,
  conditionsHold,
  isArnLike,
  isLike,
  listOf,
  type OneOrMore,
  type RequestContext,
} from './iam-conditions.ts';

/** A statement of a policy, as IAM takes it. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** In policies of resources only. */
  readonly Principal?: '*' | Readonly<Record<string, OneOrMore<string>>>;
  readonly Action: OneOrMore<string>;
  readonly Resource?: OneOrMore<string>;
  readonly NotResource?: OneOrMore<string>;
  readonly Condition?: Conditions;
}

/** A policy as IAM takes it. */
export interface PolicyDocument {
  readonly Statement: readonly PolicyStatement[];
}

/** What somebody is about to do. */
export interface AccessRequest {
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  readonly context?: RequestContext;
}

/** Who does it, and all policies that are asked. */
export interface Access {
  /** ARN of the role or user, also where a session of the role makes the request. */
  readonly principal: string;
  readonly identityPolicies: readonly PolicyDocument[];
  /** Those of what is accessed. @default - none */
  readonly resourcePolicies?: readonly PolicyDocument[];
}

/** `denied` by a statement; `not allowed` by any. */
export type Decision = 'allowed' | 'denied' | 'not allowed';

/** What comes of a request, and by which statement; a statement without a name has its actions. */
export interface Verdict {
  readonly decision: Decision;
  readonly by: readonly string[];
}

/**
 * What IAM makes of a request within one account: any denial wins, else any allowance does.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export function evaluateAccess(request: AccessRequest, access: Access): Verdict {
  const context = { 'aws:PrincipalArn': access.principal, ...request.context };
  const own = concerning(statementsOf(access.identityPolicies), { ...request, context });
  const others = concerning(statementsOf(access.resourcePolicies ?? []), { ...request, context });
  const denials = [
    ...own.filter(isDenial),
    ...others.filter(
      (statement) =>
        isDenial(statement) && (isNamed(statement, access) || isAccountNamed(statement, access)),
    ),
  ];
  if (denials.length > 0) return { decision: 'denied', by: denials.map(nameOf) };
  // A statement that names the account leaves it to the account's own policies.
  const allowances = [...own, ...others.filter((statement) => isNamed(statement, access))];
  if (allowances.length > 0) return { decision: 'allowed', by: allowances.map(nameOf) };
  return { decision: 'not allowed', by: [] };
}

/** The statements that are about a request, whoever makes it and whatever they make of it. */
export function concerning(
  statements: readonly PolicyStatement[],
  request: AccessRequest,
): readonly PolicyStatement[] {
  const { context = {} } = request;
  return statements.filter(
    (statement) =>
      isAbout(statement, request) && conditionsHold(statement.Condition ?? {}, context),
  );
}

/** How a statement is called: by its Sid, or by its actions where it has none. */
export function nameOf({ Sid, Action }: PolicyStatement): string {
  return Sid ?? listOf(Action).join(', ');
}

function statementsOf(policies: readonly PolicyDocument[]): readonly PolicyStatement[] {
  return policies.flatMap(({ Statement }) => Statement);
}

function isDenial({ Effect }: PolicyStatement): boolean {
  return Effect === 'Deny';
}

function isAbout(statement: PolicyStatement, { action, resource }: AccessRequest): boolean {
  const { Action, Resource = [], NotResource } = statement;
  const isAmong = (names: OneOrMore<string>): boolean =>
    listOf(names).some((name) => name === '*' || isArnLike(resource, name));
  return (
    listOf(Action).some((name) => isLike(action.toLowerCase(), name.toLowerCase())) &&
    (NotResource === undefined ? isAmong(Resource) : !isAmong(NotResource))
  );
}

function isNamed({ Principal }: PolicyStatement, { principal }: Access): boolean {
  if (Principal === undefined || Principal === '*') return Principal === '*';
  return listOf(Principal['AWS'] ?? []).some((name) => name === '*' || name === principal);
}

function isAccountNamed({ Principal }: PolicyStatement, { principal }: Access): boolean {
  if (typeof Principal !== 'object') return false;
  const account = `arn:aws:iam::${principal.split(':')[4] ?? ''}:root`;
  return listOf(Principal['AWS'] ?? []).includes(account);
}
