import type { HostConfig } from '../../config/host-config.ts';
import { Pooler, PoolerFile } from '../../contract/pooler.ts';
import { scramVerifier } from '../../secrets/scram-verifier.ts';
import { poolerConfig } from './pooler-config.ts';
import { userLine } from './pooler-quoting.ts';
import { poolerRules } from './pooler-rules.ts';

/** Passwords of a pooler's own users, made anew whenever its files are. */
export interface PoolerSecrets {
  /** Of the role as which it looks logins up; the server is given its verifier. */
  readonly login: string;
  /** Of whoever reads at its console. */
  readonly stats: string;
  /** Random, {@link SALT_BYTES} long: the pooler keeps of `stats` no more than a verifier. */
  readonly salt: Uint8Array;
}

/**
 * Texts of the pooler's files, each a secret: for its account alone.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` for a value that its files cannot hold.
 */
export function poolerFiles(
  { pooler, clientCidrs }: Pick<HostConfig, 'pooler' | 'clientCidrs'>,
  { login, stats, salt }: PoolerSecrets,
): Readonly<Record<PoolerFile, string>> {
  const users = [
    userLine(Pooler.LOGIN_ROLE, login),
    userLine(Pooler.STATS_USER, scramVerifier(stats, salt)),
  ];
  return {
    [PoolerFile.CONFIG]: poolerConfig(pooler),
    [PoolerFile.USERS]: `${users.join('\n')}\n`,
    [PoolerFile.RULES]: poolerRules(clientCidrs),
    [PoolerFile.STATS_PASSWORD]: `${stats}\n`,
  };
}
