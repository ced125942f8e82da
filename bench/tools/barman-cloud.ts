import { NOTHING_BESIDE } from './no-beside.ts';
import type { S3Server } from './s3-server.ts';
import type { Tool } from './tool.ts';

/** Barman's tools for object stores: one process for each segment, gzip, nothing beside the server. */
export function barmanCloudTool(version: string, server: S3Server): Tool {
  return {
    name: 'barman-cloud',
    version,
    protect: async () => {
      const bucket = await server.makeBucket();
      const variables = Object.entries(server.environment)
        .map(([name, value]) => `${name}='${value}'`)
        .join(' ');
      const words = `--gzip --endpoint-url=${server.endpoint} ${bucket} bench`;
      return {
        archiveCommand: `${variables} barman-cloud-wal-archive ${words} %p`,
        startBeside: async () => NOTHING_BESIDE,
      };
    },
  };
}
