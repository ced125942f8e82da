import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import postgres from 'postgres';

/** Who asks to be let in, how, and from where. */
export interface Login {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** An address of the loopback, which stands for a network. */
  readonly from: string;
  /** @default true */
  readonly encrypted?: boolean;
  /** Whether it asks for physical replication. @default false */
  readonly replication?: boolean;
}

const SERVER = '127.0.0.1';
const TIMEOUT_SEC = 10;

/**
 * Logs in to a server of this machine.
 *
 * @returns `in`, or the SQLSTATE with which the server refuses: 28000 when no rule lets this login
 *   in, 28P01 when one does and the password is wrong.
 */
export async function logInFrom(login: Login): Promise<string> {
  const { port, user, password, from, encrypted = true, replication = false } = login;
  let socket: Socket | undefined;
  const open = async (): Promise<Socket> => {
    socket = connect({ host: SERVER, port, localAddress: from });
    await once(socket, 'connect');
    return socket;
  };
  const transport = { socket: open };
  const driver = postgres({
    ...transport,
    user,
    password,
    database: 'postgres',
    ssl: encrypted ? { rejectUnauthorized: false } : false,
    max: 1,
    connect_timeout: TIMEOUT_SEC,
    fetch_types: false,
    prepare: false,
    ...(replication && { connection: { application_name: 'test', replication: 'true' } }),
  });
  try {
    await driver.unsafe(replication ? 'IDENTIFY_SYSTEM' : 'SELECT 1').simple();
    return 'in';
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error.code;
    throw error;
  } finally {
    await driver.end({ timeout: 0 });
    socket?.destroy();
  }
}
