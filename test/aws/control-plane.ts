import { afterAll, beforeAll, describe, vi } from 'vitest';
import { GET_MOTO, hasMotoServer, startMotoServer } from '../support/moto-server.ts';

/** An API server that the SDK's clients of this process find by themselves. */
export interface ControlPlane {
  readonly region: string;
  /** What a program needs to find it too. */
  readonly environment: Readonly<Record<string, string>>;
}

const REGION = 'eu-central-1';

/** Tests on AWS's other services; clients made with nothing at all speak to the server. */
export function describeAws(title: string, tests: (aws: () => ControlPlane) => void): void {
  describe.skipIf(!hasMotoServer())(`${title} (needs ${GET_MOTO})`, () => {
    const over = new AsyncDisposableStack();
    let plane: ControlPlane | undefined;
    beforeAll(async () => {
      const { endpoint } = over.use(await startMotoServer());
      const environment = {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: 'testing',
        AWS_SECRET_ACCESS_KEY: 'testing',
        // Set for somebody's own account, it would win.
        AWS_PROFILE: '',
      };
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      plane = { region: REGION, environment };
    }, 90_000);
    afterAll(async () => {
      vi.unstubAllEnvs();
      await over.disposeAsync();
    });
    tests(() => {
      if (plane === undefined) throw new Error('the server is not up yet');
      return plane;
    });
  });
}
