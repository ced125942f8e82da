/**
 * Makes a checkout ready to run: packages, the pinned Node, PostgreSQL. Runs on any Node ≥ 20 and
 * needs no packages itself; does nothing when nothing is to do. Everything it prints goes to
 * stderr, so that the command it precedes owns stdout.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const PINNED_NODE = 'v24.';
const LOCK_TIMEOUT_MS = 15 * 60_000;
const LOCK_POLL_MS = 200;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.holdfast-setup');
const pinnedNode = join(modules, '.bin', 'node');
const lock = join(
  tmpdir(),
  `holdfast-setup-${process.getuid?.() ?? 0}-${sha256(root).slice(0, 16)}`,
);

process.exitCode = await setUp();

async function setUp() {
  const running = Number(process.versions.node.split('.')[0]);
  if (running < OLDEST_NODE) {
    return fail(
      `Node ${OLDEST_NODE} or newer is needed, this is ${process.version}`,
      'nvm install 24',
    );
  }
  if (!(await takeLock())) {
    return fail('another set-up has held the lock for 15 minutes', `rm -r ${lock}`);
  }
  try {
    return installPackages() || checkPinnedNode() || ensurePostgres();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** The stamp names the lock file that node_modules was made from. */
function installPackages() {
  const wanted = sha256(readFileSync(join(root, 'package-lock.json')));
  if (read(stampFile) === wanted) return 0;
  say('installing packages');
  const status = run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (status !== 0) return fail('npm ci failed', `cd ${root} && npm ci`);
  writeFileSync(stampFile, wanted);
  return 0;
}

function checkPinnedNode() {
  const { stdout } = spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' });
  if (stdout?.startsWith(PINNED_NODE)) return 0;
  return fail(
    'the pinned Node 24 is not installed: was its install script blocked?',
    `cd ${root} && npm rebuild node --foreground-scripts`,
  );
}

function ensurePostgres() {
  return run(pinnedNode, [join(root, 'scripts', 'ensure-postgres.ts')]);
}

/** Two terminals may set up at once: the second waits, then finds nothing to do. */
async function takeLock() {
  const deadline = performance.now() + LOCK_TIMEOUT_MS;
  for (let told = false; performance.now() < deadline;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (holderIsDead()) rmSync(lock, { recursive: true, force: true });
    else {
      if (!told) say(`waiting for another set-up, which holds ${lock}`);
      told = true;
      await delay(LOCK_POLL_MS);
    }
  }
  return false;
}

/** A holder that was killed leaves its lock; one that has only just taken it has no pid yet. */
function holderIsDead() {
  const pid = Number(read(join(lock, 'pid')));
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Runs a command with its output on stderr. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2] });
  if (error !== undefined) say(error.message);
  return status ?? 1;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function say(message) {
  process.stderr.write(`setup: ${message}\n`);
}

function fail(message, command) {
  say(`${message}; run:\n\n  ${command}\n`);
  return 1;
}
