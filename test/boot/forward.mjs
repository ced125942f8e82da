/** In a machine that has no network: forwards ports of its loopback to sockets that the test serves. */
import { execFileSync } from 'node:child_process';
import { connect, createServer } from 'node:net';

for (const port of process.argv.slice(2).map(Number)) {
  const server = createServer((client) => {
    const cloud = connect(`/srv/cloud/${port}.socket`);
    for (const [from, to] of [
      [client, cloud],
      [cloud, client],
    ]) {
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
execFileSync('systemd-notify', ['--ready']);
