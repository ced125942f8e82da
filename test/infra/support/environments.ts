import { type JsonObject, objectOf, objectsOf, type Resource, textOf } from './resources.ts';
import type { Synthesis } from './synthesis.ts';

/** Environment variables, with references in the place of what they become. */
export type Variables = Readonly<Record<string, string>>;

/** The function whose handler is at `path`, such as `orders-Backup/Functions/JudgeTask`. */
export function functionAt(from: Synthesis, path: string): Resource {
  return only(
    from.resources('AWS::Lambda::Function').filter((one) => one.path === `${path}/Handler`),
    path,
  );
}

/** What a function is told. */
export function variablesOf({ properties }: Resource): Variables {
  const { Variables: variables } = objectOf(properties['Environment']);
  return textsOf(objectOf(variables));
}

/** The only container of the only task of a stack. @default - that of a base backup */
export function taskContainer(from: Synthesis, stack = 'orders-Backup'): JsonObject {
  const definitions = from.resources('AWS::ECS::TaskDefinition');
  const { properties } = only(
    definitions.filter((one) => one.stack === stack),
    'task definition',
  );
  return only(objectsOf(properties['ContainerDefinitions']), 'container');
}

/** What that container is told. */
export function containerVariables({ Environment }: JsonObject): Variables {
  return textsOf(
    Object.fromEntries(
      objectsOf(Environment).map(({ Name, Value = '' }) => [textOf(Name), Value] as const),
    ),
  );
}

function textsOf(values: JsonObject): Variables {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
}

function only<T>(values: readonly T[], what: string): T {
  const [first] = values;
  if (first === undefined || values.length > 1) throw new Error(`${values.length} × ${what}`);
  return first;
}
