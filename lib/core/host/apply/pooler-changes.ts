import { type ApplyFacts, isChanged, type RenderedFile } from './apply-facts.ts';
import { type ApplyStep, step } from './apply-step.ts';

const INI = 'pgbouncer.ini';
/**
 * Settings that a running PgBouncer, or its container, does not take anew.
 *
 * @see CF_NO_RELOAD in PgBouncer's src/main.c
 */
const FIXED = new Set([
  'job_name',
  'listen_addr',
  'listen_backlog',
  'listen_port',
  // Its container is started with as many files as that takes.
  'max_client_conn',
  'pidfile',
  'pkt_buf',
  'resolv_conf',
  'so_reuseport',
  'unix_socket_dir',
  'unix_socket_group',
  'unix_socket_mode',
  'user',
]);

/** What the pooler needs, if anything. Its restart ends the connections of those who use it. */
export function poolerStep({ pooler, poolerImageId, image }: ApplyFacts): readonly ApplyStep[] {
  const runs = poolerImageId !== undefined;
  if (!pooler.enabled) return step('stop-pooler', runs ? ['the pooler is turned off'] : []);
  if (!runs) return step('restart-pooler', ['the pooler does not run']);
  const changed = pooler.files.filter(isChanged);
  const told = changed.map(({ name }) => `${name} has changed`);
  const restarting = [
    ...(poolerImageId === image.id ? [] : [`the image is ${image.reference}`]),
    ...changed.flatMap(fixedChanges).map((name) => `${name} of ${INI} has changed`),
  ];
  return restarting.length > 0
    ? step('restart-pooler', [...restarting, ...told])
    : step('reload-pooler', told);
}

function fixedChanges({ name, running = '', wanted = '' }: RenderedFile): readonly string[] {
  if (name !== INI) return [];
  const [before, after] = [fixedSettings(running), fixedSettings(wanted)];
  return [...FIXED].filter((one) => before.get(one) !== after.get(one));
}

function fixedSettings(ini: string): ReadonlyMap<string, string> {
  const lines = [...ini.matchAll(/^\s*(\w+)\s*=\s*(.*?)\s*$/gm)];
  return new Map(lines.map(([, name = '', value = '']) => [name, value]));
}
