import type { ErrorCode } from '../../../lib/core/errors/codes.ts';
import { factFrom, type FactSource } from '../../../lib/core/doctor/fact.ts';
import type { Fact, Given } from '../../../lib/core/doctor/facts.ts';
import type { ClusterServer, ClusterSetup } from '../../../lib/core/ports/cluster-server.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import type { ServerInspector } from '../../../lib/core/ports/server-inspector.ts';
import type { Cli } from '../cli.ts';

/** What there is to look at; what nobody named is undefined. */
export interface DoctorPlaces {
  readonly cli: Pick<Cli, 'clock' | 'env'>;
  readonly given: Given;
  readonly server:
    | {
        readonly cluster: ClusterServer;
        readonly setup: ClusterSetup;
        readonly inspector: ServerInspector;
      }
    | undefined;
  readonly archive:
    | {
        readonly url: string;
        readonly cluster: string;
        readonly lineage: string | undefined;
        readonly open: () => Promise<ObjectStore>;
      }
    | undefined;
}

const QUICK_MS = 5_000;

/** A fact that is there within `deadlineMs`; else the error is `overdue`. @default 5 s */
export function within<T>(
  overdue: ErrorCode,
  what: string,
  gather: FactSource<T>['gather'],
  deadlineMs = QUICK_MS,
): Fact<T> {
  return factFrom({ what, deadlineMs, overdue, gather });
}
