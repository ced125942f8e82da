import { GIB, MIB } from '../../lib/core/host/settings/amount.ts';
import type { SettingsFacts } from '../../lib/core/host/settings/facts.ts';
import { promisedBytes } from '../../lib/core/host/settings/plan-memory.ts';
import { planSettings } from '../../lib/core/host/settings/plan-settings.ts';

/** The two hosts that docs/settings.md works out, by their headings. */
const EXAMPLES: Readonly<Record<string, SettingsFacts>> = {
  '16 GiB, 2 cores': example(16, 2, 100),
  '256 GiB, 32 cores': example(256, 32, 2_000),
};

const plans = Object.values(EXAMPLES).map((facts) => planSettings(facts));
const headings = Object.keys(EXAMPLES);

/** Every setting, its values, its reason, and whether a person may set it. */
export function settingsTable(): string {
  const [first, ...others] = plans;
  return table(
    ['setting', ...headings, 'why', 'override'],
    [...(first?.settings ?? [])].map(([name, { value, why, origin }]) => [
      `\`${name}\``,
      ...[value, ...others.map(({ settings }) => settings.get(name)?.value ?? '')].map(code),
      why,
      origin === 'own' ? "no, Holdfast's own" : 'yes',
    ]),
  );
}

/** Where the memory goes, in MiB. */
export function memoryTable(): string {
  const [first] = plans;
  const parts = first?.memory.promised ?? [];
  const sizes = (of: (index: number) => number): readonly string[] =>
    plans.map((_, index) => String(Math.round(of(index) / MIB)));
  const promised = plans.map(({ memory }) => promisedBytes(memory));
  const memory = Object.values(EXAMPLES).map(({ memoryBytes }) => memoryBytes);
  return table(
    ['MiB', ...headings],
    [
      ...parts.map(({ what }, part) => [
        what,
        ...sizes((index) => plans[index]?.memory.promised[part]?.bytes ?? 0),
      ]),
      ['**all that is promised**', ...sizes((index) => promised[index] ?? 0)],
      [
        'left to the page cache, at the very least',
        ...sizes((index) => (memory[index] ?? 0) - (promised[index] ?? 0)),
      ],
    ],
  );
}

function example(memoryGiB: number, cores: number, volumeGiB: number): SettingsFacts {
  return {
    memoryBytes: memoryGiB * GIB,
    cores,
    major: 18,
    volumeBytes: volumeGiB * GIB,
    pooled: true,
  };
}

function code(value: string): string {
  return `\`${value}\``;
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heading, heading.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}
