/**
 * A process that recovers in place, or rolls back, and kills itself after one of its steps:
 *
 *   node in-place-process.ts STEP recover|rollback STORE-URL CLUSTER DATA-DIRECTORY SPOOL
 */
import { createCli } from '../../bin/cli/cli.ts';
import { inPlaceContext } from '../../bin/cli/in-place.ts';
import { openClusterPlace } from '../../lib/core/adapters/restore/in-place/local-cluster-place.ts';
import { rollBack } from '../../lib/core/restore/in-place/run-rollback.ts';
import { recoverInPlace } from '../../lib/core/restore/in-place/run-in-place.ts';
import { parseTarget } from '../../lib/core/restore/plan/target.ts';
import { HOLDFAST } from './checkout.ts';

const [last = '', verb, store = '', cluster = '', dataDir = '', spool = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const { stdout, stderr } = process;
const cli = createCli({ env: {}, stdout, stderr, program: HOLDFAST, signal }, true);
const place = await openClusterPlace(dataDir);
const request = { store, cluster, dataDir, spool, target: parseTarget('latest'), choices: {} };
const archive = await cli.openLineage(request);
const context = {
  ...(await inPlaceContext(request, archive, place, cli)),
  stepped: async (step: string): Promise<void> => {
    if (step === last) process.kill(process.pid, 'SIGKILL');
  },
};
if (verb === 'rollback') await rollBack(context);
else await recoverInPlace({ target: request.target, parallel: 2 }, context);
