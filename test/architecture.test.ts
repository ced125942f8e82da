import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../lib/core/errors/codes.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Rightwards only: a layer may import itself and what stands behind it. */
const LAYERS = ['bin', 'lib/infra', 'functions', 'tasks', 'lib/core'] as const;
const MAX_LINES = 250;
/** What the pure engine may not touch: the outside world belongs to adapters. */
const IMPURE_MODULES =
  /^(node:(fs|child_process|os|net|http|https|dns|timers|worker_threads|process)(\/|$)|@aws-sdk\/|@smithy\/|aws-cdk|constructs$|postgres$|execa$|pino$)/;
const IMPURE_CALLS =
  /\bprocess\.(env|exit|argv|cwd|getuid)\b|\bDate\.now\(|\bnew Date\(\)|\bperformance\.|\bset(Timeout|Interval|Immediate)\(|\bAbortSignal\.timeout\(/;
const CDK = /^(aws-cdk-lib|constructs|cdk-nag)(\/|$)/;
/** The only files that write to a terminal: the command line's, and the entry of CDK's own. */
const OUTPUT_FILES = new Set(['bin/cli/output.ts', 'bin/app.ts']);

/** Not the name of a web page. */
const CONSOLE = /\bconsole\.(log|info|warn|error|debug|table|dir|trace)\b/;
const WRITES = new RegExp(`${CONSOLE.source}|process\\.std(out|err)\\.write`);

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: readonly Source[] = ['bench', 'bin', 'lib', 'functions', 'tasks', 'scripts', 'test']
  .flatMap((folder) => filesBelow(folder))
  .filter((path) => /\.(ts|mjs|sh)$/.test(path))
  .map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
      ([, to]) => to ?? '',
    );
    return { path, text, imports };
  });

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  } catch {
    return [];
  }
}

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) => path.startsWith(`${layer}/`));
}

function target(source: Source, to: string): string {
  return to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(source.path), to)) : to;
}

const core = sources.filter(({ path }) => path.startsWith('lib/core/'));
const pure = core.filter(({ path }) => !path.startsWith('lib/core/adapters/'));

describe('architecture', () => {
  test('imports point rightwards only: bin → lib/infra | functions | tasks → lib/core', () => {
    const wrong = sources
      .filter(({ path }) => layerOf(path) !== -1)
      .flatMap((source) => source.imports.map((to) => ({ source, to: target(source, to) })))
      .filter(({ source, to }) => layerOf(to) !== -1 && layerOf(to) < layerOf(source.path))
      .map(({ source, to }) => `${source.path} -> ${to}`);
    expect(wrong).toEqual([]);
  });

  test('nothing that runs imports a test; the bench may, for it starts servers as tests do', () => {
    const wrong = sources.filter(
      (source) =>
        !/^(test|bench)\//.test(source.path) &&
        source.imports.some((to) => target(source, to).startsWith('test/')),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('nothing imports the bench but its own tests', () => {
    const wrong = sources.filter(
      (source) =>
        !/^(bench|test\/bench)\//.test(source.path) &&
        source.imports.some((to) => target(source, to).startsWith('bench/')),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('lib/core outside adapters imports no SDK, driver, file system, process or CDK', () => {
    const wrong = pure.flatMap(({ path, imports }) =>
      imports.filter((to) => IMPURE_MODULES.test(to)).map((to) => `${path} -> ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('lib/core outside adapters imports no adapter', () => {
    const wrong = pure.flatMap((source) =>
      source.imports
        .map((to) => target(source, to))
        .filter((to) => to.startsWith('lib/core/adapters/'))
        .map((to) => `${source.path} -> ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('lib/core outside adapters reads no environment and no clock', () => {
    const wrong = pure.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line) && IMPURE_CALLS.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });

  test('lib/infra, functions and tasks know nothing of each other', () => {
    const beside = ['lib/infra/', 'functions/', 'tasks/'];
    const wrong = sources.flatMap((source) => {
      const own = beside.find((folder) => source.path.startsWith(folder));
      return source.imports
        .map((to) => target(source, to))
        .filter(
          (to) => own !== undefined && beside.some((one) => one !== own && to.startsWith(one)),
        )
        .map((to) => `${source.path} -> ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  test('lib/infra takes nothing of the engine but contract/ and config/', () => {
    const wrong = sources
      .filter(({ path }) => path.startsWith('lib/infra/'))
      .flatMap((source) =>
        source.imports
          .map((to) => target(source, to))
          .filter((to) => /^lib\/core\/(?!contract\/|config\/)/.test(to))
          .map((to) => `${source.path} -> ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  test('only adapters speak to AWS, and only lib/infra and the entry of CDK know CDK', () => {
    const wrong = sources
      .filter(({ path }) => layerOf(path) !== -1)
      .flatMap(({ path, imports }) => {
        const isAdapter = path.startsWith('lib/core/adapters/');
        const isCdk = path.startsWith('lib/infra/') || path === 'bin/app.ts';
        return imports
          .filter((to) => (!isAdapter && to.startsWith('@aws-sdk/')) || (!isCdk && CDK.test(to)))
          .map((to) => `${path} -> ${to}`);
      });
    expect(wrong).toEqual([]);
  });

  test('handlers of functions decide nothing: no branch, no environment', () => {
    const handlers = sources.filter(({ path }) => /^functions\/.*\/handler\.ts$/.test(path));
    expect(handlers.length).toBeGreaterThan(0);
    const wrong = handlers.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((line) => /\bif \(|\bswitch \(|[^?]\? |&& |\|\| |\bprocess\./.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });

  test('functions and tasks read the environment at one place each, lib/infra nowhere', () => {
    const reading = sources
      .filter(({ path }) => /^(lib\/infra|functions|tasks)\//.test(path))
      .filter(({ text }) => /\bprocess\.env\b/.test(text));
    expect(reading.map(({ path }) => path)).toEqual([
      'functions/shared/ops-handler.ts',
      'tasks/shared/process-io.ts',
    ]);
  });

  test('contract/ imports nothing but itself', () => {
    const wrong = core
      .filter(({ path }) => path.startsWith('lib/core/contract/'))
      .filter((one) => one.imports.some((to) => !target(one, to).startsWith('lib/core/contract/')));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('pure plans and effects never share a file', () => {
    const wrong = core.filter(
      ({ text }) =>
        /^export (async )?function plan[A-Z]/m.test(text) &&
        /^export (async )?function (run|apply)[A-Z]/m.test(text),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test(`no file is longer than ${MAX_LINES} lines`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  test('only the output files write to a terminal', () => {
    const wrong = sources.filter(
      ({ path, text }) => path.startsWith('bin/') && !OUTPUT_FILES.has(path) && WRITES.test(text),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
    const engine = core.filter(({ text }) => CONSOLE.test(text));
    expect(engine.map(({ path }) => path)).toEqual([]);
  });

  test('every error code has an exit status of its own, 25 to 125', () => {
    const statuses = Object.values(ERROR_CODES).map(({ exitCode }) => exitCode);
    expect(new Set(statuses).size).toBe(statuses.length);
    expect(statuses.filter((status) => status < 25 || status > 125)).toEqual([]);
  });

  test('every error code occurs in a test', () => {
    const tests = sources.filter(({ path }) => path.startsWith('test/')).map(({ text }) => text);
    const untested = Object.keys(ERROR_CODES).filter(
      (code) => !tests.some((text) => text.includes(`'${code}'`)),
    );
    expect(untested).toEqual([]);
  });
});
