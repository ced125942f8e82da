import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type AccessRequest, concerning, nameOf } from '../../support/iam-evaluator.ts';

/** Sids of the statements that cover a request: those of a policy that denies, or that allows. */
export function coveringSids(
  statements: readonly PolicyStatement[],
  request: AccessRequest,
): readonly string[] {
  return concerning(
    statements.map((statement) => statement.toStatementJson()),
    request,
  ).map(nameOf);
}
