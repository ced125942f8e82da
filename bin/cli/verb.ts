import type { Command } from 'commander';
import type { Cli } from './cli.ts';

/** Runs a verb with its options; gives the exit status. */
export type Action<O> = (options: O, cli: Cli) => Promise<number>;

/** Makes an action into what commander calls. */
export type RunAction = <O>(action: Action<O>) => (options: O) => Promise<void>;

/** Adds one verb to the program. */
export type AddVerb = (program: Command, run: RunAction) => Command;
