import type { SettingDifferences } from './compare-settings.ts';

/** What a container is made from. */
export interface ImageFacts {
  /** As the deployment names it. */
  readonly reference: string;
  /** By which two names of the same image are told to be one. */
  readonly id: string;
}

/** A rendered file; absent where there is none. */
export interface RenderedFile {
  readonly name: string;
  readonly running: string | undefined;
  readonly wanted: string | undefined;
}

/** Host and wish, side by side. */
export interface ApplyFacts {
  /** SHA-256 of the bundle that is in place, and of the one that the deployment names. */
  readonly bundle: { readonly running: string; readonly wanted: string };
  /** Of the image that the deployment names. */
  readonly image: ImageFacts & { readonly version: string; readonly major: number };
  /** `undefined` when PostgreSQL does not run: then nobody has anything to lose. */
  readonly server:
    | {
        /** Id of its image. */
        readonly imageId: string;
        readonly version: string;
        readonly differences: SettingDifferences;
      }
    | undefined;
  /** Ids of the images that these run from; `undefined` when they do not run. */
  readonly agentImageId: string | undefined;
  readonly poolerImageId: string | undefined;
  /** Besides postgresql.conf: who may log in, and as whom. */
  readonly accessFiles: readonly RenderedFile[];
  readonly pooler: { readonly enabled: boolean; readonly files: readonly RenderedFile[] };
  /** What the agent is told in other words than before, such as `store`. */
  readonly agentChanges: readonly string[];
}

/** Whether a file is to be another; one that is not there has no content. */
export function isChanged({ running = '', wanted = '' }: RenderedFile): boolean {
  return running !== wanted;
}
