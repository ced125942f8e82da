import { resolve } from 'node:path';
import type { Command } from 'commander';
import { addNewKey } from '../../../lib/core/adapters/store/envelope/new-key.ts';
import type { Action, RunAction } from '../verb.ts';

interface EnvelopeKeyOptions {
  readonly new: string;
}

const NOTES = `
Keep a copy of the file where the store is not: without it nobody reads what it sealed.
Run it again to rotate: the new key seals from then on, the old ones open what they sealed.
Whatever runs with this file reads it when it starts: restart the agent afterwards.`;

/** `holdfast envelope-key`. */
export function addEnvelopeKeyVerb(program: Command, run: RunAction): Command {
  return program
    .command('envelope-key')
    .description('make a key file for --envelope-key, or add a newer key to one; prints no key')
    .requiredOption('--new <file>', 'the key file')
    .addHelpText('after', NOTES)
    .action(run(envelopeKeyVerb));
}

const envelopeKeyVerb: Action<EnvelopeKeyOptions> = async (options, { clock, output }) => {
  const file = resolve(options.new);
  const id = clock
    .now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  const { kept } = await addNewKey(file, id);
  output.result({ file, id, kept }, [
    `${file} seals with ${id} from now on`,
    ...kept.map((old) => `and opens what ${old} sealed`),
    'Keep a copy of it where the store is not: without it nobody reads what is sealed.',
  ]);
  return 0;
};
