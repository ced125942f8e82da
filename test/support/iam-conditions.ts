/** One value, or several of which one has to match. */
export type OneOrMore<T> = T | readonly T[];
/** Operators, each with the keys and the values that it compares. */
export type Conditions = Readonly<
  Record<string, Readonly<Record<string, OneOrMore<string | number | boolean>>>>
>;
/** What is known of a request, by condition key; a key that has several values has a list. */
export type RequestContext = Readonly<Record<string, OneOrMore<string>>>;

type Comparison = (value: string, wanted: string) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringLike: (value, wanted) => isLike(value, wanted),
  ArnEquals: (value, wanted) => isArnLike(value, wanted),
  ArnLike: (value, wanted) => isArnLike(value, wanted),
  Bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  NumericLessThan: (value, wanted) => Number(value) < Number(wanted),
  NumericGreaterThan: (value, wanted) => Number(value) > Number(wanted),
};
const OPERATOR = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/;

/**
 * Whether all conditions of a statement hold for a request.
 *
 * @throws {@link Error} for an operator that is not known here, and for a key with several values that
 *   is compared without a set operator: what AWS makes of that is not said.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function conditionsHold(conditions: Conditions, context: RequestContext): boolean {
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(operator, known.get(key.toLowerCase()), listOf(wanted).map(String)),
    ),
  );
}

/** `*` stands for any characters, `?` for any one. */
export function isLike(value: string, pattern: string): boolean {
  if (pattern.includes('${')) throw new Error(`policy variables are not known here: ${pattern}`);
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(value);
}

/** Compares two ARNs part by part: a wildcard does not reach over a colon, but in the last part. */
export function isArnLike(arn: string, pattern: string): boolean {
  const wanted = partsOf(pattern);
  const parts = partsOf(arn);
  return (
    parts.length === wanted.length &&
    wanted.every((part, index) => isLike(parts[index] ?? '', part))
  );
}

/** A list, whether it was one or not. */
export function listOf<T extends string | number | boolean>(values: OneOrMore<T>): readonly T[] {
  return typeof values === 'object' ? values : [values];
}

function holds(
  operator: string,
  given: OneOrMore<string> | undefined,
  wanted: readonly string[],
): boolean {
  if (operator === 'Null') return wanted.includes(String(given === undefined));
  const [, set, name = '', ifExists] = OPERATOR.exec(operator) ?? [];
  const isNegated = /Not(Equals|Like)/.test(name);
  const compare = COMPARISONS[name.replace('Not', '')];
  if (compare === undefined) throw new Error(`the operator ${operator} is not known here`);
  if (given === undefined) {
    if (ifExists !== undefined || set === 'ForAllValues') return true;
    return set === undefined && isNegated;
  }
  const matches = (value: string): boolean =>
    wanted.some((one) => compare(value, one)) !== isNegated;
  if (set === 'ForAnyValue') return listOf(given).some(matches);
  if (set === 'ForAllValues') return listOf(given).every(matches);
  if (typeof given !== 'string') {
    throw new Error(`${operator} compares several values: ${given.join(', ')}`);
  }
  return matches(given);
}

function partsOf(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
