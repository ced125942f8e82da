/** Entry of the container image: the first argument names the task. */
import { collectSeldom } from '../lib/core/adapters/system/collect-seldom.ts';
import { runRole } from './run-role.ts';
import { openTaskProcess } from './shared/process-io.ts';
import { logFailure } from './shared/run-task.ts';

const [role = ''] = process.argv.slice(2);
const io = openTaskProcess();

// Outside any call, where Node would end with 1 and say why in many lines.
process.once('uncaughtException', (error) => io.exit(logFailure(role, error, io.log)));
collectSeldom();

process.exitCode = await runRole(role, io);
