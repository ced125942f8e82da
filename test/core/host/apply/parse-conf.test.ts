import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConf } from '../../../../lib/core/host/apply/parse-conf.ts';
import { renderConf } from '../../../../lib/core/host/settings/render-conf.ts';

const names = fc.stringMatching(/^[a-z_]{1,12}(\.[a-z_]{1,8})?$/);
const values = fc.string().filter((text) => !/[\n\r\0]/.test(text));

test('reads what is rendered', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(names, values), { selector: ([name]) => name }),
      (pairs) => {
        const rows = pairs.map(
          ([name, value]) => [name, { value, why: `a = '${value}'` }] as const,
        );
        expect([...parseConf(renderConf(new Map(rows)))]).toEqual(pairs);
      },
    ),
  );
});
