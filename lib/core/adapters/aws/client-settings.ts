/** Requests for one call, the first included. */
const MAX_ATTEMPTS = 3;
const CONNECT_MS = 3_000;
/** Of one request; no call of these waits for work to be done. */
const REQUEST_MS = 10_000;

/**
 * What every client of an AWS control plane is made with: bounded in time and attempts. Region,
 * credentials and endpoint come from the environment, as the SDK reads them.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: MAX_ATTEMPTS,
  requestHandler: {
    connectionTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    throwOnRequestTimeout: true,
  },
} as const;
