import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { CallOptions } from '../../../ports/object-store.ts';
import { toStoreError } from './s3-errors.ts';
import type { S3Place } from './s3-target.ts';

/**
 * What time it is at S3, which says so in every answer, refusals included: to the whole second.
 *
 * @param key - an object below the place; it need not be there.
 * @throws {@link OpsError} `STORE-TIMEOUT`, `STORE-UNAVAILABLE` when there is no answer at all.
 */
export async function s3Clock(
  client: S3Client,
  { bucket, prefix }: S3Place,
  key: string,
  options: CallOptions = {},
): Promise<Date | undefined> {
  let time: Date | undefined;
  const head = new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}${key}` });
  head.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      time = dateOf(result.response);
      return result;
    },
    // Nearest to the network, so that an answer that is then taken for an error is seen too.
    { step: 'deserialize', priority: 'low' },
  );
  try {
    await client.send(head, { abortSignal: options.signal });
  } catch (error) {
    if (time === undefined) throw toStoreError(error, { url: `s3://${bucket}/${prefix}` });
  }
  return time;
}

/** The header `date` of a response, whatever kind of response it is. */
function dateOf(response: unknown): Date | undefined {
  const headers = fieldOf(response, 'headers');
  const time = new Date(String(fieldOf(headers, 'date')));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function fieldOf(value: unknown, name: string): unknown {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return fields.find(([field]) => field === name)?.[1];
}
