import net from 'node:net';
import { type Effect, type FaultSwitch, killAt } from './fault-switch.ts';

/** Effects that say something about a connection to a server. */
export function sessionEffects(call: string): readonly Effect[] {
  return call.startsWith('session send ') ? ['cut', 'lost'] : ['cut'];
}

/** Stands in the first message of a session that copies. */
const REPLICATION = 'replication';
const SOCKET = '.s.PGSQL.';

/**
 * From now on connections of this process to a server's socket may break, as they do when an
 * administrator or the kernel ends the process at the other end: before something is sent, after it
 * and before the answer, or in the middle of what comes.
 */
export function installSessionFaults(faults: FaultSwitch): void {
  const connect: unknown = Reflect.get(net.Socket.prototype, 'connect');
  if (typeof connect !== 'function') throw new Error('sockets do not connect');
  Reflect.set(net.Socket.prototype, 'connect', function (this: net.Socket, ...args: unknown[]) {
    const connecting: unknown = Reflect.apply(connect, this, args);
    // Only now: connecting puts the original way of writing in its place.
    if (isServer(args)) watch(this, faults);
    return connecting;
  });
}

function isServer(args: readonly unknown[]): boolean {
  return JSON.stringify(args.slice(0, 1)).includes(SOCKET);
}

function watch(socket: net.Socket, faults: FaultSwitch): void {
  const write = socket.write.bind(socket);
  const emit = socket.emit.bind(socket);
  let isBroken = false;
  let kind: string | undefined;
  const meet = (what: string): Effect | undefined => {
    const effect = faults.meet('session', what, kind ?? '', 'connection');
    killAt('before', effect);
    killAt('after', effect);
    return effect;
  };
  Reflect.set(socket, 'write', (...args: unknown[]) => {
    kind ??= String(args[0]).includes(REPLICATION) ? 'replication' : 'sql';
    const effect = meet('send');
    if (effect === 'cut') {
      socket.destroy(reset());
      return false;
    }
    const isTaken: unknown = Reflect.apply(write, socket, args);
    isBroken ||= effect === 'lost';
    return isTaken;
  });
  // All that reads from a socket is told by this, however the bytes came there.
  Reflect.set(socket, 'emit', (event: string, ...args: unknown[]) => {
    if (event !== 'data') return emit(event, ...args);
    isBroken ||= meet('receive') === 'cut';
    return isBroken ? breakOff(socket) : emit(event, ...args);
  });
}

function breakOff(socket: net.Socket): boolean {
  socket.destroy(reset());
  return false;
}

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET, as was arranged'), {
    code: 'ECONNRESET',
    syscall: 'read',
  });
}
