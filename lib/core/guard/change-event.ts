import { z } from 'zod';

/** One call that changed, or was to change, something that is guarded: as CloudTrail tells it. */
export interface ChangeEvent {
  /** CloudTrail's own id, by which the event is found there. */
  readonly id: string | undefined;
  readonly at: Date | undefined;
  readonly region: string | undefined;
  /** The service, such as `kms`. */
  readonly service: string;
  /** The call without the version that Lambda appends, such as `DisableKey`. */
  readonly name: string;
  /** Who called: the ARN of a user or a session, or the service that did it by itself. */
  readonly actor: string;
  /** ARN of the role behind a session. */
  readonly role: string | undefined;
  /** The service that called in somebody's name. */
  readonly via: string | undefined;
  /** An address, or the name of a service. */
  readonly sourceIp: string | undefined;
  readonly userAgent: string | undefined;
  /** Why the call was refused; absent for one that did what it says. */
  readonly refusal: string | undefined;
  readonly request: Readonly<Record<string, unknown>>;
  /** ARNs of what was called upon, where the service names them. */
  readonly resources: readonly string[];
}

/** What is not as it should be counts as not said: a strange event is told of all the same. */
const Said = z.string().min(1).optional().catch(undefined);
const Identity = z
  .object({
    arn: Said,
    type: Said,
    principalId: Said,
    invokedBy: Said,
    sessionContext: z
      .object({ sessionIssuer: z.object({ arn: Said }).optional().catch(undefined) })
      .optional()
      .catch(undefined),
  })
  .catch({});
const Resources = z.array(z.object({ ARN: Said })).catch([]);

/**
 * An event of CloudTrail as EventBridge hands it over. Only what makes it one is demanded: that it came by
 * way of CloudTrail, and names a service and a call.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export const ChangeEvent = z
  .object({
    'detail-type': z.string().endsWith(' via CloudTrail'),
    detail: z.object({
      eventSource: z.string().min(1),
      eventName: z.string().min(1),
      eventID: Said,
      eventTime: Said,
      awsRegion: Said,
      sourceIPAddress: Said,
      userAgent: Said,
      errorCode: Said,
      errorMessage: Said,
      userIdentity: Identity.default({}),
      requestParameters: z.record(z.string(), z.unknown()).catch({}).default({}),
      resources: Resources.default([]),
    }),
  })
  .transform(({ detail }): ChangeEvent => {
    const { userIdentity: identity } = detail;
    const { arn, principalId, invokedBy, type, sessionContext } = identity;
    return {
      id: detail.eventID,
      at: timeOf(detail.eventTime),
      region: detail.awsRegion,
      service: detail.eventSource.replace(/\.amazonaws\.com(\.cn)?$/, ''),
      // @see https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
      name: detail.eventName.replace(/20\d{6}(v\d+)?$/, ''),
      actor: arn ?? principalId ?? invokedBy ?? type ?? 'nobody that CloudTrail names',
      role: sessionContext?.sessionIssuer?.arn,
      via: invokedBy,
      sourceIp: detail.sourceIPAddress,
      userAgent: detail.userAgent,
      refusal: detail.errorCode ?? detail.errorMessage,
      request: detail.requestParameters,
      resources: detail.resources.flatMap(({ ARN }) => ARN ?? []),
    };
  });

function timeOf(text: string | undefined): Date | undefined {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
