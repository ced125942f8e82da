import type { CallOptions } from './object-store.ts';

/** What a server keeps of its roles' passwords, as its superuser sees and sets it. */
export interface RolePasswords {
  /** As the server keeps it; `undefined` for a role without one, or that is not there. */
  verifierOf(role: string, options?: CallOptions): Promise<string | undefined>;
  setVerifier(role: string, verifier: string, options?: CallOptions): Promise<void>;
}
