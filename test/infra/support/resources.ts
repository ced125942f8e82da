/** A value in a template. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
/** An object in a template. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** One resource of a template. */
export interface Resource {
  readonly stack: string;
  /** Its logical id. */
  readonly id: string;
  /** Of its construct: `orders-Data/Vault/Bucket`. */
  readonly path: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** All of it but its metadata. */
  readonly whole: JsonObject;
}

/** The resources of a template; CDK's own metadata is none. */
export function resourcesOf(
  stack: string,
  template: { readonly Resources: Readonly<Record<string, JsonObject>> },
): readonly Resource[] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata')
    .map(([id, { Metadata, ...whole }]) => ({
      stack,
      id,
      path: textOf(objectOf(Metadata)['aws:cdk:path']).replace(/\/Resource$/, ''),
      type: textOf(whole['Type']),
      properties: objectOf(whole['Properties']),
      whole,
    }));
}

/** How a resource is named in a failure: `orders-Data/Key961B73FD`. */
export function nameOf({ stack, id }: Resource): string {
  return `${stack}/${id}`;
}

/** An object, empty for anything else. */
export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list; CloudFormation takes a single value for a list of one. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Objects of a list. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return listOf(value).map(objectOf);
}

/** The resource among `all` that `value`, written in `from`'s template, refers to. */
export function referredBy(
  all: readonly Resource[],
  from: Resource,
  value: Json | undefined,
): Resource | undefined {
  const [id] = textOf(value).replaceAll(/[${}]/g, '').split('.');
  return all.find((resource) => resource.stack === from.stack && resource.id === id);
}

/** Every key and value at any depth. */
export function* entriesOf(value: Json): Generator<readonly [key: string, value: Json]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield [key, inner];
    yield* entriesOf(inner);
  }
}

/** A value as one line of text: references as `${…}`, joined parts in one. */
export function textOf(value: Json | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'object' || value === null) return String(value);
  const [[key, inner] = ['', ''], ...more] = Object.entries(value);
  if (!Array.isArray(value) && more.length === 0) {
    if (key === 'Ref') return `\${${textOf(inner)}}`;
    if (key === 'Fn::GetAtt') return `\${${listOf(inner).map(textOf).join('.')}}`;
    if (key === 'Fn::Sub') return textOf(listOf(inner)[0]);
    if (key === 'Fn::Join') {
      const [separator = '', parts = []] = listOf(inner);
      return listOf(parts).map(textOf).join(textOf(separator));
    }
    if (key === 'Fn::GetStackOutput') {
      const { StackName, OutputName } = objectOf(inner);
      return `\${${textOf(StackName)}:${textOf(OutputName)}}`;
    }
  }
  return JSON.stringify(value);
}
