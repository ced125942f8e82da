import type { Resource, StackTemplate } from './stack-templates.ts';

/** A resource, and where it stands. */
export interface Place {
  readonly stack: StackTemplate;
  readonly id: string;
  readonly resource: Resource;
}

/** All resources of some stacks, and what refers to what. */
export interface References {
  readonly places: readonly Place[];
  /** The resources that `value`, a part of `stack`'s template, names: by reference, output or bucket name. */
  namedBy(stack: StackTemplate, value: unknown): readonly Place[];
}

const BUCKET = 'AWS::S3::Bucket';

/** Looks through templates for references, also from one stack to another. */
export function findReferences(stacks: readonly StackTemplate[]): References {
  const places = stacks.flatMap((stack) =>
    Object.entries(stack.Resources).map(([id, resource]) => ({ stack, id, resource })),
  );
  const buckets = places.filter(
    (place) => place.resource.Type === BUCKET && propertyOf(place, 'BucketName') !== '',
  );
  return { places, namedBy };

  function namedBy(stack: StackTemplate, value: unknown): readonly Place[] {
    if (typeof value === 'string') {
      return buckets.filter((place) => value.includes(propertyOf(place, 'BucketName')));
    }
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, part]) => {
      if (key === 'Ref') return find(stack, part);
      if (key === 'Fn::GetAtt') return find(stack, listOf(part)[0]);
      if (key === 'Fn::GetStackOutput') return behindOutput(part);
      return namedBy(stack, part);
    });
  }

  function find(stack: StackTemplate, id: unknown): readonly Place[] {
    return places.filter((place) => place.stack === stack && place.id === id);
  }

  function behindOutput(output: unknown): readonly Place[] {
    const stack = stacks.find(({ stackName }) => stackName === partOf(output, 'StackName'));
    if (stack === undefined) return [];
    return namedBy(stack, stack.Outputs[String(partOf(output, 'OutputName'))]?.Value);
  }
}

/** The construct's path of a resource, such as `orders-Backup/Functions/JudgeTask/Handler`. */
export function pathOf({ resource }: Place): string {
  return (resource.Metadata['aws:cdk:path'] ?? '').replace(/\/Resource$/, '');
}

/** A property of a resource as text; empty when it is none. */
export function propertyOf({ resource }: Place, name: string): string {
  const value = resource.Properties[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** One part of an object; `undefined` when it is no object. */
export function partOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** A list as it is, and anything else as a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
