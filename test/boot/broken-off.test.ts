import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../support/until.ts';
import {
  type ClusterSite,
  makeClusterSite,
  sql,
  untilServing,
  untilSettled,
} from './cluster-site.ts';
import { GET_MACHINE, hasMachine } from './has-machine.ts';
import type { Machine } from './machine.ts';
import { type Registry, startRegistry } from './registry.ts';

/** Programs by which a boot changes anything. */
const HOOKED = ['mkfs.xfs', 'mount', 'mv', 'docker'];
const STEPS = '/run/steps';
/**
 * Stands before a program: run N of the boot is killed at its N-th step, all of its processes at once. A
 * step is the start of a program, and of one that runs for long its middle too.
 */
const HOOK = `#!/bin/sh
program=$(basename "$0")
real=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v "$program")
case $(cat /proc/self/cgroup) in
  *holdfast-host.service*) ;;
  *) exec "$real" "$@" ;;
esac
run=$INVOCATION_ID
mkdir -p ${STEPS}/$run
runs=$(ls ${STEPS} | wc -l)
step() {
  steps=$(($(ls ${STEPS}/$run | wc -l) + 1))
  echo "$1" >${STEPS}/$run/$steps
  [ "$steps" -ne "$runs" ] || systemctl kill --signal=KILL holdfast-host.service
}
step "before $program $*"
case " $* " in
  *' host-prepare '* | *' pull '*)
    "$real" "$@" &
    sleep 0.7
    step "during $program $*"
    wait $!
    ;;
  *) exec "$real" "$@" ;;
esac
`;
/** Offset of sb_inprogress, which mkfs.xfs sets first and clears last. */
const SB_INPROGRESS = 126;
let registry: Registry;
let site: ClusterSite;
let machine: Machine;

describe.skipIf(!hasMachine())(`a first boot that is broken off (needs ${GET_MACHINE})`, () => {
  beforeAll(async () => {
    registry = await startRegistry(inject('registryFolder'));
    site = await makeClusterSite(registry.port);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  test('goes on from wherever it was killed, and ends with one whole cluster', async () => {
    machine = await site.launch({ volume: 'in-use\ti-0fffffffffffffff0\n' });
    const install = `cat >/usr/local/sbin/hook && chmod +x /usr/local/sbin/hook &&
      for name in ${HOOKED.join(' ')}; do ln -s hook /usr/local/sbin/$name; done`;
    await until('the host waits for its volume', async () =>
      (await site.cloud.calls()).some((call) => call.includes('describe-volumes')),
    );
    await machine.get(['sh', '-euc', install], HOOK);
    // The shell of the run that waits remembers where its programs were.
    await machine.get(['systemctl', 'kill', '--signal=KILL', 'holdfast-host.service']);
    await site.cloud.set('volume-state', 'available\tNone\n');
    await untilServing(machine, 150_000);
    await untilSettled(machine);
    const killed = await machine.get(['sh', '-c', `grep -h . ${STEPS}/*/* | sort | uniq`]);
    for (const step of ['mkfs.xfs', 'mount -t xfs', 'mv ', 'docker pull', 'during docker']) {
      expect(killed).toContain(step);
    }
    expect(Number(await machine.get(['sh', '-c', `ls ${STEPS} | wc -l`]))).toBeGreaterThan(10);
    const left = await machine.get(['ls', '/var/lib/holdfast/volume/cluster']);
    expect(left.split('\n')).toEqual(['pgdata', 'pgdata.lock']);
    const identifier = await sql(machine, 'SELECT system_identifier FROM pg_control_system()');
    const marker = JSON.parse(await machine.get(['cat', '/var/lib/holdfast/volume/marker.json']));
    expect(marker.lineage).toBe(`${identifier}-18`);
    const identities = (await site.aws.keys()).filter((key) => key.endsWith('identity.json'));
    expect(identities).toEqual([`orders/${identifier}-18/identity.json`]);
    await machine.cut();
  });

  test('takes a volume whose format was broken off for a blank one', async () => {
    // Another cluster in the same account would do; here the archive has to be empty again.
    await site[Symbol.asyncDispose]();
    site = await makeClusterSite(registry.port);
    await site.volume.format();
    await site.volume.write(Buffer.of(1), SB_INPROGRESS);
    machine = await site.launch();
    await untilServing(machine);
    expect(await sql(machine, 'SELECT pg_is_in_recovery()')).toBe('f');
  });
});
