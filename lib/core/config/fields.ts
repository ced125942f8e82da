import { z } from 'zod';
import { ENVIRONMENT_NAME } from '../contract/deployed-names.ts';
import { CLUSTER_ID } from '../contract/key-layout.ts';

/** What several configurations read from environment variables. */

/** A deployment's environment. */
export const EnvironmentName = z.string().regex(ENVIRONMENT_NAME);
/** A cluster's id. */
export const ClusterId = z.string().regex(CLUSTER_ID);
/** `s3://bucket/prefix` or `file:///dir`. */
export const StoreUrl = z.url({ protocol: /^(s3|file)$/ });
/** A whole number above 0. */
export const Positive = z.coerce.number().int().positive();
/** Words separated by commas, at least one. */
export const List = z
  .string()
  .min(1)
  .transform((text) => text.split(','));
/** JSON of whatever a further schema takes. */
export const Json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('is not JSON');
    return z.NEVER;
  }
});
/** Any word. */
export const Word = z.string().min(1);
