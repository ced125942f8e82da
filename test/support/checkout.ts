import { join, resolve } from 'node:path';

const OWN = resolve(import.meta.dirname, '../..');

/** Names the copy that {@link OWN} is run from where PostgreSQL's account may not go. */
export const CHECKOUT_VARIABLE = 'HOLDFAST_TEST_CHECKOUT';
/** This checkout, or its copy: see readable-checkout.ts. */
const CHECKOUT = process.env[CHECKOUT_VARIABLE] ?? OWN;

/** Node as PostgreSQL's account may start it. */
export const NODE = process.execPath.startsWith(`${OWN}/`)
  ? join(CHECKOUT, process.execPath.slice(OWN.length))
  : process.execPath;
/** Entry of the command line. */
export const HOLDFAST = join(CHECKOUT, 'bin/holdfast.ts');
/** Entry of the container image. */
export const TASKS = join(CHECKOUT, 'tasks/main.ts');
/** The agent of tests, on a store that takes its time. */
export const SLOW_AGENT = join(CHECKOUT, 'test/support/slow-agent.ts');
/** A recovery in place that kills itself. */
export const IN_PLACE_PROCESS = join(CHECKOUT, 'test/support/in-place-process.ts');
/** One history of the model. */
export const HISTORY_PROCESS = join(CHECKOUT, 'test/model/history-process.ts');
