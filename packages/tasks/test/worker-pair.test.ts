// A page and its worker as the two ends of a MessageChannel; in Chromium they are a real page and worker.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError, type Backend, type ErrorCode } from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { readAudio } from '@audiozoo/features/audio';
import {
  type ClassifierConnection,
  connectClassifier,
  listen,
  loadClassifier,
  type ServeClassifierOptions,
  serveClassifier,
} from '@audiozoo/tasks';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { serveFiles } from '../../../testing/file-server.js';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const clip = join(model, 'clips/7_seven.wav');
const trained = join(import.meta.dirname, 'fixtures/spoken-digits');
const backend = onnxruntimeNode({ device: 'cpu' });

let seven: Awaited<ReturnType<typeof readAudio>>;
beforeAll(async () => {
  seven = await readAudio(clip);
});

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

function connect(
  options: Partial<ServeClassifierOptions> = {},
): ClassifierConnection & { port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  serveClassifier({ models: [ast], backend, ...options }, port2);
  return { ...connectClassifier(port1), port: port1 };
}

async function refusal(promise: Promise<unknown>, code: ErrorCode): Promise<string> {
  const error = await promise.then(
    () => expect.unreachable('it was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(AudiozooError.isInstance(error, code), String(error)).toBe(true);
  return (error as Error).message;
}

describe('a classifier in a worker', () => {
  test('answers as one in this thread does', async () => {
    const local = await loadClassifier(model, { models: [ast], backend });
    const remote = await connect().load(model);
    const { sampleRate, minSamples, maxSamples } = local.frontEnd;
    expect(remote).toMatchObject({
      device: local.device,
      labels: local.labels,
      problemType: local.problemType,
      frontEnd: { sampleRate, minSamples, maxSamples },
      conversion: undefined,
    });
    const before = seven.samples.slice();
    for (const input of [clip, seven]) {
      const options = { start: 0.05, kernel: 'kaiser_best' } as const;
      const ranked = { ...options, topK: 3 };
      expect(await remote.classify(input, ranked)).toEqual(await local.classify(input, ranked));
      expect(await remote.embed(input, options)).toEqual(await local.embed(input, options));
      expect(await remote.features(input, options)).toEqual(await local.features(input, options));
    }
    expect(await remote.logits([clip, seven])).toEqual(await local.logits([clip, seven]));
    expect(seven.samples).toEqual(before); // samples stay the caller's

    const { samples } = await readAudio(clip, { resampleTo: sampleRate });
    const inputs = local.frontEnd.inputs([samples]);
    expect(await remote.classifyInputs(inputs, { topK: 2 })).toEqual(
      await local.classifyInputs(inputs, { topK: 2 }),
    );
    const batch = local.frontEnd.inputs([samples, samples]);
    expect(await refusal(remote.classifyInputs(batch), 'argument')).toContain('a batch of 1');
    await Promise.all([local.dispose(), remote.dispose()]);
    expect(await refusal(remote.classify(clip), 'disposed')).toContain('the model is disposed');
  });

  test.each([
    { input: 'waveform' },
    { size: { frames: 96 } },
    { autoLength: true },
    { size: { melBins: 64 } },
  ] as const)('takes the options of one in this thread: %j', async (options) => {
    const [here, there]: [unknown[], unknown[]] = [[], []];
    const local = await loadClassifier(model, { models: [ast], backend: noting(here), ...options });
    const remote = await connect({ backend: noting(there) }).load(model, options);
    const { sampleRate, minSamples, maxSamples } = local.frontEnd;
    expect(remote.frontEnd).toEqual({ sampleRate, minSamples, maxSamples });
    const halfSecond = { ...seven, samples: seven.samples.slice(0, seven.sampleRate / 2) };
    expect(await remote.logits([halfSecond])).toEqual(await local.logits([halfSecond]));
    expect(there).toEqual(here);
    await Promise.all([local.dispose(), remote.dispose()]);
  });

  test('listens as one in this thread does', async () => {
    const source = () => ({
      sampleRate: seven.sampleRate,
      async *[Symbol.asyncIterator]() {
        for (let start = 0; start < seven.samples.length; start += 999)
          yield seven.samples.subarray(start, start + 999);
      },
    });
    const local = await loadClassifier(model, { models: [ast], backend });
    const remote = await connect().load(model);
    const results = [];
    for (const classifier of [local, remote]) {
      const heard = [];
      for await (const result of listen(classifier, source(), {
        hop: 0.25,
        onFeatures: (rows) => heard.push(rows),
      })) {
        heard.push(result);
      }
      results.push(heard);
    }
    expect(results[1]!.length).toBeGreaterThan(4);
    expect(results[1]).toEqual(results[0]);
    await Promise.all([local.dispose(), remote.dispose()]);
  });

  test('is one of several', async () => {
    const connection = connect();
    const [a, b] = await Promise.all([
      connection.load(model),
      connection.load(model, { problemType: 'single_label_classification' }),
    ]);
    await a.dispose();
    const scores = await b.classify(clip, { topK: 12 });
    expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
    await b.dispose();
  });

  test('runs on the device that was asked for', async () => {
    const asked: (string | undefined)[] = [];
    const connection = connect({
      backend: (device) => {
        asked.push(device);
        return backend;
      },
    });
    await (await connection.load(model, { device: 'tpu' })).dispose();
    await (await connection.load(model)).dispose();
    expect(asked).toEqual(['tpu', undefined]);
    expect(await refusal(connect().load(model, { device: 'tpu' }), 'argument')).toContain(
      'no choice of devices',
    );
  });
});

describe('a checkpoint', () => {
  const conversion = { settings: { fstride: 16, tstride: 16, frames: 128 } };
  const checkpoint = async () => new Blob([await readFile(join(trained, 'spoken-digits.pth'))]);

  test('is converted in the worker, with progress, and has the logits of the official code', async () => {
    const { labels, mean, std, clips } = JSON.parse(
      await readFile(join(trained, 'spoken-digits.json'), 'utf8'),
    ) as {
      labels: string[];
      mean: number;
      std: number;
      clips: { file: string; logits: number[] }[];
    };
    const progress: FileProgress[] = [];
    const classifier = await connect({ converters: () => import('@audiozoo/converters') }).load(
      await checkpoint(),
      {
        conversion: {
          settings: { ...conversion.settings, mean, std },
          labels: labels.map((name) => ({ name })),
        },
        onProgress: (event) => progress.push(event),
      },
    );
    expect(classifier.conversion).toMatchObject({ dtype: 'float32', unused: expect.any(Array) });
    expect(classifier.conversion!.parameters).toBeGreaterThan(800_000);
    const { from, done, total } = progress.at(-1)!;
    expect([from, done]).toEqual(['checkpoint', total]);
    const { file, logits } = clips[3]!;
    const { data } = await classifier.logits([join(trained, file)]);
    expect(Math.max(...logits.map((logit, index) => Math.abs(logit - data[index]!)))).toBeLessThan(
      logitTolerance.float32,
    );
    await classifier.dispose();
  });

  test('needs the converters', async () => {
    expect(await refusal(connect().load(await checkpoint()), 'argument')).toContain(
      'converts no checkpoints',
    );
  });

  test('that is none is refused', async () => {
    const connection = connect({ converters: () => import('@audiozoo/converters') });
    expect(await refusal(connection.load(new Blob(['<html>'])), 'checkpoint')).toContain('web page');
  });
});

describe('what goes wrong in the worker', () => {
  test('has the same code, words and hint in the page', async () => {
    const thrown = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);
    const here = await thrown(loadClassifier('/nowhere', { models: [ast], backend }));
    const there = await thrown(connect().load('/nowhere'));
    expect(AudiozooError.isInstance(there, 'file')).toBe(true);
    const { what, expected, got, hint, message } = here as AudiozooError;
    expect(there).toMatchObject({ what, expected, got, hint, message });
    expect(hint).toBeDefined();
  });

  test('and is no audiozoo error is a runtime error', async () => {
    const connection = connect({
      backend: () => {
        throw new RangeError('out of memory');
      },
    });
    expect(await refusal(connection.load(model), 'runtime')).toContain('out of memory');
  });

  test('rejects what waits and every later call when the worker itself fails', async () => {
    const { port, ...connection } = connect({ backend: neverLoads() });
    const loading = connection.load(model);
    port.dispatchEvent(Object.assign(new Event('error'), { message: 'Uncaught Error: boom' }));
    expect(await refusal(loading, 'runtime')).toContain('the worker failed: got Uncaught Error: boom');
    expect(await refusal(connection.load(model), 'runtime')).toContain('Make another worker');
  });

  test('does not keep a closed connection waiting', async () => {
    const connection = connect({ backend: neverLoads() });
    const loading = connection.load(model);
    connection.close();
    expect(await refusal(loading, 'disposed')).toContain('is closed');
    expect(await refusal(connection.load(model), 'disposed')).toContain('is closed');
  });

  test('is served once, by the first that does, when its script is evaluated again', async () => {
    const { port1, port2 } = new MessageChannel();
    open.push(port1, port2);
    serveClassifier({ models: [ast], backend }, port2);
    serveClassifier({ models: [ast], backend: neverLoads() }, port2);
    const classifier = await connectClassifier(port1).load(model);
    const [best] = await classifier.classify(seven);
    expect(best!.label).toBe('seven');
    await classifier.dispose();
  });

  test('is no business of messages of others', async () => {
    const { port, ...connection } = connect();
    port.postMessage({ id: 1, call: 'load' });
    port.postMessage('hello');
    await (await connection.load(model)).dispose();
  });
});

describe('aborting', () => {
  test('reaches the worker', async () => {
    const signals: AbortSignal[] = [];
    const connection = connect({ backend: neverLoads((signal) => signals.push(signal)) });
    const controller = new AbortController();
    const loading = connection.load(model, { signal: controller.signal });
    while (signals.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(loading).rejects.toBe(reason);
    await new Promise<void>((resolve) => signals[0]!.addEventListener('abort', () => resolve()));
  });

  test('beforehand asks the worker nothing', async () => {
    const connection = connect({ backend: neverLoads(() => expect.unreachable('it was asked')) });
    const reason = new Error('enough');
    await expect(connection.load(model, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('too late frees what was loaded', async () => {
    const controller = new AbortController();
    const freed = new Promise<void>((resolve) => {
      const reference = referenceBackend();
      const deaf: Backend = {
        name: 'deaf',
        async load(loadedModel, weights, { config }) {
          const loaded = await reference.load(loadedModel, weights, { config });
          controller.abort(new Error('enough'));
          return {
            ...loaded,
            async dispose() {
              await loaded.dispose();
              resolve();
            },
          };
        },
      };
      connect({ backend: deaf })
        .load(model, { signal: controller.signal })
        .catch(() => undefined);
    });
    await freed;
  });
});

test('progress of a download comes from the worker', async () => {
  const server = await serveFiles();
  for (const name of ['config.json', 'preprocessor_config.json', 'model.safetensors']) {
    server.files.set(`/digits/${name}`, await readFile(join(model, name)));
  }
  try {
    const progress: FileProgress[] = [];
    const remote = await connect().load(`${server.url}/digits`, {
      onProgress: (event) => progress.push(event),
    });
    const last = progress.at(-1)!;
    expect(last).toEqual({
      from: 'network',
      file: 'model.safetensors',
      done: last.total,
      total: 1_683_592,
      unit: 'bytes',
    });
    expect(new Set(progress.map(({ file }) => file)).size).toBe(3);
    await remote.dispose();
    const misspelt = connect().load(`${server.url}/digits`, {
      integrity: { 'model.safetensor': 'a'.repeat(64) },
    });
    expect(await refusal(misspelt, 'argument')).toContain('names files that the model does not have');
  } finally {
    await server.close();
  }
});

/** The backend, which notes down what the models that it loads take. */
function noting(inputs: unknown[]): Backend {
  return {
    name: 'noting',
    load(loadedModel, weights, options) {
      inputs.push(loadedModel.inputs(options.config));
      return backend.load(loadedModel, weights, options);
    },
  };
}

/** A backend that waits to be aborted. */
function neverLoads(onLoad: (signal: AbortSignal) => void = () => {}): Backend {
  return {
    name: 'never',
    load: (_model, _weights, { signal }) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => reject(signal!.reason));
        onLoad(signal!);
      }),
  };
}
