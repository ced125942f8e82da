import { resolveTokens, type TokenValues } from './resolve-tokens.ts';

/** A reference to a resource: to itself, or to one of its attributes. */
export interface Reference {
  readonly logicalId: string;
  readonly attribute?: string;
}

/** How the value of a reference is found again. */
export function referenceKey({ logicalId, attribute }: Reference): string {
  return attribute === undefined ? logicalId : `${logicalId}.${attribute}`;
}

/** The reference as CloudFormation writes it. */
export function intrinsicOf({ logicalId, attribute }: Reference): object {
  return attribute === undefined ? { Ref: logicalId } : { 'Fn::GetAtt': [logicalId, attribute] };
}

/** Every reference in a part of a template, pseudo parameters too, each of them once. */
export function referencesIn(part: unknown): readonly Reference[] {
  const found = new Map<string, Reference>();
  collect(part, found);
  return [...found.values()];
}

/** A part of a template in which only references to the resources `own` are left as they are. */
export function replaceOthers(
  part: unknown,
  own: ReadonlySet<string>,
  values: TokenValues,
): unknown {
  if (Array.isArray(part)) return part.map((item) => replaceOthers(item, own, values));
  if (typeof part !== 'object' || part === null) return part;
  const reference = asReference(part);
  if (reference !== undefined) {
    return own.has(reference.logicalId) ? part : resolveTokens(part, values);
  }
  if ('Fn::GetStackOutput' in part) return resolveTokens(part, values);
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, replaceOthers(value, own, values)]),
  );
}

function collect(part: unknown, found: Map<string, Reference>): void {
  if (typeof part !== 'object' || part === null) return;
  const reference = asReference(part);
  if (reference !== undefined) found.set(referenceKey(reference), reference);
  else for (const value of Object.values(part)) collect(value, found);
}

function asReference(part: object): Reference | undefined {
  if ('Ref' in part) return { logicalId: String(part.Ref) };
  if (!('Fn::GetAtt' in part)) return undefined;
  const [logicalId = '', attribute = ''] = part['Fn::GetAtt'] as string[];
  return { logicalId, attribute };
}
