import { OpsError } from '../../errors/ops-error.ts';
import { type ApplyFacts, isChanged } from './apply-facts.ts';
import { type ApplyStep, step } from './apply-step.ts';
import { poolerStep } from './pooler-changes.ts';

/**
 * What has to be done so that the host is what the deployment wants, in the order in which it is
 * done; nothing when it is so already. PostgreSQL is restarted only for another image or for a
 * setting that takes a restart.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` when the deployment names another major version.
 */
export function planApply(facts: ApplyFacts): readonly ApplyStep[] {
  refuseOtherMajor(facts);
  return [
    ...step('install-bundle', bundleReasons(facts)),
    ...serverSteps(facts),
    ...step('restart-agent', agentReasons(facts)),
    ...poolerStep(facts),
  ];
}

/** Whether clients lose their connections. */
export function interrupts(steps: readonly ApplyStep[], { server }: ApplyFacts): boolean {
  return server !== undefined && steps.some(({ what }) => what === 'restart-postgres');
}

function refuseOtherMajor({ image, server }: ApplyFacts): void {
  if (server === undefined) return;
  const running = majorOf(server.version);
  if (majorOf(image.version) === running && image.major === running) return;
  throw new OpsError(
    'CONFIG-INVALID',
    `the cluster is of PostgreSQL ${running}, the deployment names ${image.major} and an image of ${image.version}`,
    {
      hint: 'deploy the major version that runs; another one takes a major upgrade, see docs/operate.md',
      details: { running, wanted: image.major },
    },
  );
}

function bundleReasons({ bundle }: ApplyFacts): readonly string[] {
  const short = (hash: string): string => hash.slice(0, 12);
  return bundle.running === bundle.wanted
    ? []
    : [`the host's scripts and units are ${short(bundle.running)}, not ${short(bundle.wanted)}`];
}

function serverSteps(facts: ApplyFacts): readonly ApplyStep[] {
  const { server, image } = facts;
  if (server === undefined) return step('restart-postgres', ['PostgreSQL does not run']);
  const { changes } = server.differences;
  const told = changes.map(({ name, from, to }) =>
    to === undefined
      ? `${name} goes back to its default, from ${JSON.stringify(from)}`
      : `${name} is ${JSON.stringify(from)}, not ${JSON.stringify(to)}`,
  );
  const restarting = told.filter((_, index) => changes[index]?.needsRestart === true);
  const reloading = [
    ...told.filter((_, index) => changes[index]?.needsRestart === false),
    ...facts.accessFiles.filter(isChanged).map(({ name }) => `${name} has changed`),
  ];
  const imageReasons = server.imageId === image.id ? [] : [imageReason(server.version, image)];
  const because = [...imageReasons, ...restarting];
  // A restart reads everything anew.
  return because.length > 0
    ? step('restart-postgres', [...because, ...reloading])
    : step('reload-postgres', reloading);
}

function imageReason(running: string, { reference, version }: ApplyFacts['image']): string {
  return running.startsWith(version)
    ? `the image is ${reference}`
    : `the image is ${reference}: PostgreSQL ${version}, from ${running}`;
}

function agentReasons({ agentImageId, image, agentChanges }: ApplyFacts): readonly string[] {
  if (agentImageId === undefined) return ['the agent does not run'];
  return [
    ...(agentImageId === image.id ? [] : [`the image is ${image.reference}`]),
    ...agentChanges.map((name) => `${name} has changed`),
  ];
}

/** @see https://www.postgresql.org/support/versioning/ */
function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
