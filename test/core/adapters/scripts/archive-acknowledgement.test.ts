import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeArchiveScript } from '../../../support/archive-script.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const NAME = '000000010000000000000003';

/**
 * A shell in which whoever ships clears away what was used up right after the script has looked for
 * either file: as it does, the acknowledgement first and its mark last.
 */
const CLEARING = `[() {
  builtin [ "$@"
  local outcome=$?
  case $* in
    *"acknowledged/"*) rm -f "$SPOOL"/acknowledged/*/"$NAME"; rm -f "$SPOOL"/acknowledged/*/"$NAME.used" ;;
  esac
  return $outcome
}`;

test('an acknowledgement that was used is not good again while it is cleared away', async () => {
  const folder = await temporaryFolder();
  const archive = await makeArchiveScript(folder);
  const clearing = join(folder, 'clearing');
  await writeFile(clearing, CLEARING, { mode: 0o644 });
  for (const name of [NAME, `${NAME}.used`]) await writeFile(join(archive.acknowledged, name), '');
  await writeFile(join(archive.spool, 'heartbeat'), `${Math.floor(Date.now() / 1_000)}\n`);
  const { status, said } = await archive.run(['env', `BASH_ENV=${clearing}`, 'bash'], NAME);
  expect({ status, said }).toEqual({
    status: 1,
    said: `holdfast: ${NAME} is not archived: the agent has not acknowledged it yet`,
  });
});
