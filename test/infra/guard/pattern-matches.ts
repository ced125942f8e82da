import {
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  objectsOf,
  textOf,
} from '../support/resources.ts';

/**
 * Whether EventBridge hands an event to a rule, for the operators that the stacks use: values, `prefix`,
 * `exists`, `anything-but`, `$or`. Any other makes it fail, so that no test believes in one it does not know.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function patternMatches(pattern: JsonObject, event: JsonObject): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return objectsOf(wanted).some((branch) => patternMatches(branch, event));
    const given = event[field];
    if (Array.isArray(wanted)) return wanted.some((one) => valueMatches(one, given));
    // A list of objects matches when one of them does.
    return objectsIn(given).some((inner) => patternMatches(objectOf(wanted), inner));
  });
}

function objectsIn(given: Json | undefined): readonly JsonObject[] {
  return given === undefined ? [{}] : objectsOf(given);
}

function valueMatches(wanted: Json, given: Json | undefined): boolean {
  const values = listOf(given);
  if (typeof wanted !== 'object' || wanted === null) return values.includes(wanted);
  const [[operator, operand] = ['none', null], ...more] = Object.entries(wanted);
  if (more.length > 0) throw new Error(`more than one operator: ${JSON.stringify(wanted)}`);
  switch (operator) {
    case 'prefix':
      return values.some((value) => textOf(value).startsWith(textOf(operand)));
    case 'exists':
      return (given !== undefined) === operand;
    case 'anything-but':
      return given !== undefined && values.every((value) => !listOf(operand).includes(value));
    default:
      throw new Error(`an operator that is not known here: ${operator}`);
  }
}
