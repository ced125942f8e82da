import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type Json, type JsonObject, listOf, objectOf, textOf } from './resources.ts';

/** A request as IAM sees it. */
export interface Request {
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the request has; several values for a key of many. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * Sids of the statements that cover a request: those of a policy that denies, or that allows.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function coveringSids(
  statements: readonly PolicyStatement[],
  request: Request,
): readonly string[] {
  return statements
    .map((statement) => objectOf(statement.toStatementJson() as Json))
    .filter(
      (statement) =>
        listOf(statement['Action']).some((action) => matches(textOf(action), request.action)) &&
        coversResource(statement, request.resource) &&
        Object.entries(objectOf(statement['Condition'])).every(([operator, keys]) =>
          Object.entries(objectOf(keys)).every(([key, values]) =>
            holds(operator, listOf(values).map(textOf), request.context?.[key]),
          ),
        ),
    )
    .map((statement) => textOf(statement['Sid']));
}

/** Whether `pattern`, with IAM's wildcards, covers `name`. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);
}

function coversResource(statement: JsonObject, resource: string): boolean {
  const named = listOf(statement['Resource'] ?? statement['NotResource']).map(textOf);
  const isNamed = named.some((pattern) => matches(pattern, resource));
  return 'Resource' in statement ? isNamed : !isNamed;
}

function holds(
  operator: string,
  wanted: readonly string[],
  given: string | readonly string[] | undefined,
): boolean {
  if (operator === 'Null') return wanted.includes(String(given === undefined));
  const [, anyOf, name = '', ifExists] = /^(ForAnyValue:)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  if (given === undefined) {
    // A negated comparison with nothing holds, but not for any of no values.
    return ifExists !== undefined || (name.includes('Not') && anyOf === undefined);
  }
  return [given].flat().some((value) => compares(name, wanted, value));
}

function compares(name: string, wanted: readonly string[], value: string): boolean {
  switch (name) {
    case 'Bool':
    case 'StringEquals':
      return wanted.includes(value);
    case 'StringNotEquals':
      return !wanted.includes(value);
    case 'StringLike':
      return wanted.some((pattern) => matches(pattern, value));
    case 'ArnNotEquals':
      return !wanted.some((pattern) => matches(pattern, value));
    default:
      throw new Error(`an operator that this evaluation does not know: ${name}`);
  }
}
