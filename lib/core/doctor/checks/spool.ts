import { type Check, fail, ok, skip, warn } from '../check.ts';
import { ageSec, span } from '../amounts.ts';
import { NotNamed } from '../facts.ts';
import { agentCommand, initCommand, word } from '../fixes.ts';

const OWNER_ONLY = 0o700;
/** Whoever ships beats every second; the archive script waits this long. */
const SILENCE_SEC = 5;

/** The directory through which agent and archive script talk. */
export const SPOOL_CHECKS: readonly Check[] = [
  {
    id: 'spool-safe',
    area: 'spool',
    about: 'it is a directory of its own that only its owner may enter, outside the data directory',
    judge: (see) => {
      const { path, isDirectory, mode, isInDataDirectory } = see('spool');
      const fix = initCommand({ ...see('given'), spool: '/var/spool/holdfast' });
      if (!isDirectory) return fail(`${path} is a link or a file`, fix);
      if (isInDataDirectory) return fail('base backups would copy it', fix);
      const saw = `0${mode.toString(8)}`;
      return mode === OWNER_ONLY ? ok(saw) : fail(saw, `chmod 0700 ${word(path)}`);
    },
  },
  {
    id: 'spool-owner',
    area: 'spool',
    about: "it belongs to the data directory's account",
    judge: (see) => {
      const { path, uid } = see('spool');
      const { uid: wanted, owner } = see('dataDirectory');
      if (uid === wanted) return ok(owner);
      return fail(`account ${uid}`, `chown -R ${word(owner)}: ${word(path)}`);
    },
  },
  {
    id: 'spool-server',
    area: 'spool',
    about: 'it was made for this server',
    judge: (see) => {
      const { identity } = see('spool');
      const { systemIdentifier } = see('controlData');
      if (identity === systemIdentifier) return ok(`system ${identity}`);
      if (identity === undefined)
        return fail('"holdfast init" did not make it', initCommand(see('given')));
      return fail(
        `made for system ${identity}, this server is ${systemIdentifier}`,
        initCommand({ ...see('given'), spool: `/var/spool/holdfast-${systemIdentifier}` }),
      );
    },
  },
  {
    id: 'spool-archive',
    area: 'spool',
    about: 'it was made for this cluster and store',
    judge: (see) => {
      const { archive, wantedArchive } = see('spool');
      if (wantedArchive === undefined) throw new NotNamed('--store and --cluster');
      if (archive === wantedArchive) return ok(archive);
      if (archive === undefined) return fail('not told yet where to', initCommand(see('given')));
      return fail(
        `made for ${archive}`,
        `${initCommand(see('given'))} --move-archive  # if it is to archive there from now on`,
      );
    },
  },
  {
    id: 'spool-script',
    area: 'spool',
    about: 'its archive script is the one of this version',
    judge: (see) =>
      see('spool').isScriptCurrent
        ? ok('current')
        : warn('missing, or of another version', initCommand(see('given'))),
  },
  {
    id: 'agent-heartbeat',
    area: 'spool',
    about: 'an agent ships: it beats every second',
    judge: (see) => {
      const { beatAt } = see('spool');
      const fix = agentCommand(see('given'));
      if (beatAt === undefined) return fail('nobody ships', fix);
      const age = ageSec(beatAt, see('now'));
      return age <= SILENCE_SEC ? ok(`${span(age)} ago`) : fail(`last beat ${span(age)} ago`, fix);
    },
  },
  {
    id: 'agent-lock',
    area: 'spool',
    about: 'the agent that holds the spool is the one that ships',
    judge: (see) => {
      const { path, isLocked, beatAt } = see('spool');
      const isSilent = beatAt === undefined || ageSec(beatAt, see('now')) > SILENCE_SEC;
      if (isLocked === true && !isSilent) return ok('held, and shipping');
      if (isLocked !== true && isSilent) return skip('nobody ships, see agent-heartbeat');
      if (isLocked === undefined) return skip('this system does not tell who holds a lock');
      if (isLocked) {
        return fail(
          'held by an agent that does nothing',
          `fuser -v ${word(`${path}/agent.lock`)}  # kill -9 that process, then start the agent again`,
        );
      }
      return warn('no agent: only the one-shot push ships', agentCommand(see('given')));
    },
  },
];
