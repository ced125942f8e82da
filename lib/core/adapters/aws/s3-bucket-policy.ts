import { z } from 'zod';
import type { VaultSettings } from '../../config/vault-settings.ts';

const Statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.unknown(),
});
/** IAM takes one statement without a list too. */
const Policy = z.object({ Statement: z.union([z.array(Statement), Statement]) });

/**
 * Whom the policy of a bucket denies, or allows, something.
 *
 * @param text - JSON; `undefined` when the bucket has no policy.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function bucketPolicy(
  text: string | undefined,
): Pick<VaultSettings, 'denials' | 'allowances'> {
  if (text === undefined) return { denials: [], allowances: 0 };
  const statements = [Policy.parse(JSON.parse(text)).Statement].flat();
  return {
    denials: statements.flatMap(({ Sid, Effect, Principal }) =>
      Effect === 'Deny' && Sid !== undefined && isEverybody(Principal) ? [Sid] : [],
    ),
    allowances: statements.filter(({ Effect }) => Effect === 'Allow').length,
  };
}

function isEverybody(principal: unknown): boolean {
  const parsed = z.object({ AWS: z.union([z.string(), z.array(z.string())]) }).safeParse(principal);
  return principal === '*' || (parsed.success && [parsed.data.AWS].flat().includes('*'));
}
