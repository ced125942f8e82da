/** What the intrinsic functions of a template stand for. */
export interface TokenValues {
  /** Of `AWS::Region` and its like. */
  readonly pseudo: Readonly<Record<string, string>>;
  /** Of a resource: its `Ref`, or an attribute. */
  readonly ofResource: (logicalId: string, attribute?: string) => unknown;
  /** Of another stack's output. */
  readonly ofOutput: (stackName: string, outputName: string) => unknown;
}

type Intrinsic = (argument: unknown, values: TokenValues) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, values) => refer(String(name), values),
  'Fn::GetAtt': (argument, { ofResource }) => {
    const [logicalId = '', attribute] = argument as string[];
    return ofResource(logicalId, attribute);
  },
  'Fn::Join': (argument, values) => {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => String(resolveTokens(part, values))).join(separator);
  },
  'Fn::Sub': (text, values) =>
    String(text).replaceAll(/\$\{([^}]+)\}/g, (_all, name: string) => String(refer(name, values))),
  'Fn::GetStackOutput': (argument, { ofOutput }) => {
    const { StackName, OutputName } = argument as Record<string, string>;
    return ofOutput(StackName ?? '', OutputName ?? '');
  },
  'Fn::Base64': (text, values) =>
    Buffer.from(String(resolveTokens(text, values))).toString('base64'),
};

/**
 * A part of a template with plain values in the places of its intrinsic functions.
 *
 * @throws {@link Error} for a function that is not known here.
 */
export function resolveTokens(part: unknown, values: TokenValues): unknown {
  if (Array.isArray(part)) return part.map((item) => resolveTokens(item, values));
  if (typeof part !== 'object' || part === null) return part;
  const [entry, ...others] = Object.entries(part);
  if (entry !== undefined && others.length === 0 && isIntrinsic(entry[0])) {
    const intrinsic = INTRINSICS[entry[0]];
    if (intrinsic === undefined) throw new Error(`${entry[0]} is not known here`);
    return intrinsic(entry[1], values);
  }
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, resolveTokens(value, values)]),
  );
}

function refer(name: string, { pseudo, ofResource }: TokenValues): unknown {
  return pseudo[name] ?? ofResource(name);
}

function isIntrinsic(name: string): boolean {
  return name === 'Ref' || name.startsWith('Fn::');
}
