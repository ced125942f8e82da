/**
 * A process that runs one command and kills itself in the middle:
 *
 *   node faulty-process.ts '{"command": …, "place": …, "fault": …}'
 */
import { z } from 'zod';
import { COMMANDS } from './commands.ts';
import { Place } from './place.ts';
import { createFaultyRunner } from './run-faulty.ts';

const Request = z.object({
  command: z.enum(COMMANDS),
  place: Place,
  fault: z.object({
    call: z.string(),
    turn: z.int(),
    effect: z.enum(['killed-before', 'killed-after']),
  }),
});

const { command, place, fault } = Request.parse(JSON.parse(process.argv[2] ?? ''));
const { answer, message } = await createFaultyRunner(place.root).run(command, place, fault);
if (answer !== undefined) process.stdout.write(answer);
else process.stderr.write(message);
