import { z } from 'zod';

/**
 * A request as a Lambda function URL hands it on; of its headers, the one that says who asks.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export const HealthRequest = z
  .object({
    rawPath: z.string(),
    headers: z.object({ authorization: z.string().optional() }),
    requestContext: z.object({ http: z.object({ method: z.string() }) }),
  })
  .transform(({ rawPath, headers, requestContext }) => ({
    path: rawPath,
    method: requestContext.http.method,
    authorization: headers.authorization,
  }));
export type HealthRequest = z.output<typeof HealthRequest>;

/** An answer as a Lambda function URL takes it. */
export interface HealthResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
