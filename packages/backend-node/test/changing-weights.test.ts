// Files that change under a model that is loaded from them. A process of its own runs it: it must live.

import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { directorySink, quantizeModel } from '@audiozoo/converters';
import { openModelDirectory } from '@audiozoo/core';
import { ownerOf } from '@audiozoo/core/disk';
import { openFiles } from '@audiozoo/core/files';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

const digits = join(import.meta.dirname, '../../../models/spoken-digits');
const clip = join(digits, 'clips/7_seven.wav');
const script = fileURLToPath(new URL('./changing-weights-process.mjs', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audiozoo-test-'));
  const output = directorySink(join(folder, 'int8'));
  await quantizeModel(await openFiles(digits), { models: [ast], output, dtype: 'int8' });
  cpSync(digits, join(folder, 'float32'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A directory of its own for a test, and the weights in it. */
function modelDirectory(dtype: string) {
  const directory = mkdtempSync(join(folder, 'changing-'));
  for (const name of readdirSync(join(folder, dtype))) {
    if (/\.(json|safetensors)$/.test(name)) copyFileSync(join(folder, dtype, name), join(directory, name));
  }
  return { directory, weights: join(directory, 'model.safetensors') };
}

/** A process with the model in it, once that is loaded. */
async function startProcess(directory: string, options: object, environment: NodeJS.ProcessEnv = {}) {
  const args = [script, directory, clip, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...environment } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = new Promise<string | number | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(signal ?? code)),
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> =>
    (await lines.next()).value ?? `ended with ${await ended}: ${stderr}`;
  expect(await next()).toBe('loaded');
  return {
    say: (line: string) => child.stdin.write(`${line}\n`),
    next,
    /** Lets it end, and returns what it still says. */
    async end(): Promise<string[]> {
      child.stdin.end('stop\n');
      const rest: string[] = [];
      for (let line = await next(); !line.startsWith('ended with'); line = await next()) rest.push(line);
      return [...rest, String(await ended)];
    },
  };
}

/** In an order in which one may follow another. */
const changes: Record<string, (weights: string) => void> = {
  overwritten(weights) {
    const file = openSync(weights, 'r+');
    const { size } = statSync(weights);
    writeSync(file, Buffer.alloc(size - 50_000), 0, size - 50_000, 50_000);
    closeSync(file);
  },
  'cut short': (weights) => truncateSync(weights, 100_000),
  'cut to nothing': (weights) => truncateSync(weights, 0),
};
const harmless: Record<string, (weights: string) => void> = {
  'replaced by another that was written beside it'(weights) {
    copyFileSync(weights, `${weights}.new`);
    truncateSync(`${weights}.new`, 10);
    renameSync(`${weights}.new`, weights);
  },
  removed: (weights) => rmSync(weights),
};

describe.each(['float32', 'int8'])('a model in %s', (dtype) => {
  test.each([0, 1, 2])(
    'computes the same whatever becomes of its file (workers: %i)',
    async (workers) => {
      const { directory, weights } = modelDirectory(dtype);
      const process = await startProcess(directory, { workers });
      process.say('loop');
      const before = await process.next();
      expect(before).toMatch(/^[0-9a-f]{8}$/);
      for (const [name, change] of Object.entries({ ...changes, ...harmless })) {
        change(weights);
        for (let runs = 0; runs < 5; runs++) expect([name, await process.next()]).toEqual([name, before]);
      }
      const rest = await process.end();
      expect([...new Set(rest)].filter((line) => line !== before)).toEqual(['disposed', '0']);
    },
    60_000,
  );
});

describe.each([0, 2])('a model that shares its file with others (workers: %i)', (workers) => {
  const options = { workers, copyWeights: false };

  test.each(Object.keys(changes))(
    'refuses to run once that was %s',
    async (name) => {
      const { directory, weights } = modelDirectory('float32');
      const process = await startProcess(directory, options);
      process.say('run');
      expect(await process.next()).toMatch(/^[0-9a-f]{8}$/);
      changes[name]!(weights);
      for (let runs = 0; runs < 3; runs++) {
        process.say('run');
        expect(await process.next()).toMatch(/^runtime: .* has changed under the model/);
      }
      expect(await process.end()).toEqual(['disposed', '0']);
    },
    60_000,
  );

  test('goes on when another takes its name, and when it has none', async () => {
    const { directory, weights } = modelDirectory('float32');
    const process = await startProcess(directory, options);
    process.say('run');
    const before = await process.next();
    for (const change of Object.values(harmless)) {
      change(weights);
      process.say('run');
      expect(await process.next()).toBe(before);
    }
    expect(await process.end()).toEqual(['disposed', '0']);
  });
});

/** A directory's header has been read; its weights have not. */
async function opened(directory: string) {
  const { config, preprocessorConfig, weights } = await openModelDirectory(await openFiles(directory));
  return { model: ast, weights, config: ast.readConfig(config, preprocessorConfig) };
}

describe('a file that changes while it is loaded', () => {
  const replaced = Object.keys(harmless)[0]!;

  test.each([...Object.keys(changes), replaced])(
    'is refused when it is %s after its header was read',
    async (name) => {
      for (const copyWeights of [undefined, true, false]) {
        const { directory, weights: path } = modelDirectory('float32');
        const { model, weights, config } = await opened(directory);
        ({ ...changes, ...harmless })[name]!(path);
        const loading = onnxruntimeNode({ device: 'cpu', copyWeights }).load(model, weights, { config });
        const what = expect.stringContaining('has changed');
        await expect(loading).rejects.toMatchObject({ code: 'runtime', what });
        await weights.close();
      }
    },
  );
});

describe('the copy', () => {
  const temporary = () => mkdtempSync(join(folder, 'temporary-'));

  test.each([undefined, true])(
    'leaves nothing behind once the model is loaded (copyWeights: %s)',
    async (copyWeights) => {
      const TMPDIR = temporary();
      const process = await startProcess(modelDirectory('float32').directory, { copyWeights }, { TMPDIR });
      expect(readdirSync(TMPDIR).filter((name) => ownerOf(name))).toEqual([]);
      await process.end();
    },
  );

  test('is left out where there is no place for it, unless it was asked for', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const { model, weights, config } = await opened(modelDirectory('float32').directory);
    const loaded = await onnxruntimeNode({ device: 'cpu' }).load(model, weights, { config });
    await loaded.dispose();
    const loading = onnxruntimeNode({ device: 'cpu', copyWeights: true }).load(model, weights, { config });
    await expect(loading).rejects.toMatchObject({
      code: 'file',
      what: expect.stringContaining('no such folder'),
    });
    await weights.close();
  });
});
