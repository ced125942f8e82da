import { expect, test } from 'vitest';
import { installCommand } from '../../../../lib/core/adapters/postgres/install-command.ts';

test.each([
  ['linux', 'ID=debian\nVERSION_ID="12"\n', 'apt-get install -y postgresql', true],
  ['linux', 'ID=debian\nVERSION_ID="11"\n', 'postgresql-18', false],
  ['linux', 'ID=debian\n', 'apt-get install -y postgresql', true],
  ['linux', 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', 'apt-get install', true],
  ['linux', 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\n', 'apt.postgresql.org.sh', false],
  ['linux', 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\n', 'apt-get', true],
  ['linux', 'ID="amzn"\nID_LIKE="fedora"\n', 'dnf install -y postgresql17-server', false],
  ['linux', 'ID=fedora\n', 'dnf install -y postgresql-server', false],
  ['linux', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'dnf module enable', false],
  ['linux', 'ID=plan9\n', 'PGBIN', false],
  ['darwin', '', 'brew install postgresql@18', false],
])('on %s with %j it says %j', (platform, osRelease, part, byApt) => {
  const command = installCommand({ platform, osRelease });
  expect(command.line).toContain(part);
  expect(command.byApt).toBe(byApt);
});
