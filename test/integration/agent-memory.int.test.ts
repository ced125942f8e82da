import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startProtectedCluster } from '../support/protected-cluster.ts';

const LIMIT_MB = 300;
const SEGMENTS = 60;

test.runIf(process.platform === 'linux')(
  `the agent drains ${SEGMENTS} segments of 16 MB within ${LIMIT_MB} MB of memory`,
  async ({ annotate }) => {
    await using cluster = await startProtectedCluster({
      walSegmentMegabytes: 16,
      settings: { wal_keep_size: '2GB' },
    });
    await cluster.sql('CREATE TABLE filler (payload text)');
    await cluster.sql('ALTER TABLE filler ALTER payload SET STORAGE EXTERNAL');
    // Text that hardly compresses, a few MB in each segment.
    await cluster.sql(
      `INSERT INTO filler SELECT string_agg(md5(random()::text), '')
         FROM generate_series(1, 900000) i GROUP BY i % 100`,
    );
    await cluster.writeSegments(SEGMENTS);
    const agent = cluster.startAgent(['--parallel', '4']);
    await cluster.drained();
    const status = await readFile(`/proc/${agent.pid}/status`, 'utf8');
    const peakMb = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    await annotate(`peak of the agent's memory: ${peakMb.toFixed(0)} MB`);
    expect(peakMb).toBeLessThanOrEqual(LIMIT_MB);
  },
);
