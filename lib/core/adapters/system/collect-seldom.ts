import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8's heap grow to five times of what is alive in it before it is collected: for a process with
 * a small heap through which many large buffers go.
 *
 * Those lie outside the heap and are freed at once or by small collections, but V8 counts them towards
 * its growth. The agent's heap of 15 MB was marked whole for every second segment: measured, a third
 * of the agent's CPU.
 *
 * @see https://nodejs.org/docs/latest-v24.x/api/v8.html#v8setflagsfromstringflags
 */
export function collectSeldom(): void {
  setFlagsFromString('--heap-growing-percent=400');
}
