import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError, tensor } from '@audiozoo/core';
import {
  type AudioOptions,
  type Classified,
  type ClassifyManyOptions,
  classifyMany,
  connectClassifier,
  ensemble,
  type LocalClassifier,
  loadClassifier,
  serveClassifier,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const clips = join(model, 'clips');
const options = { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) };

let classifier: LocalClassifier;
let paths: string[];
beforeAll(async () => {
  classifier = await loadClassifier(model, options);
  paths = (await readdir(clips)).sort().map((name) => join(clips, name));
});
afterAll(() => classifier.dispose());

async function all<T>(things: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const thing of things) list.push(thing);
  return list;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Enough for whatever can happen without another run of the model to have happened. */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn();
}

interface Run {
  readonly clips: readonly number[];
  readonly options: AudioOptions;
  finish(): void;
}

/** A clip that is known by its first sample; a negative one is refused by the model. */
const clip = (number: number) => ({ samples: Float32Array.of(number, 0, 0), sampleRate: 1000 });

async function* clipsFrom(first: number, end: number) {
  for (let number = first; number < end; number++) yield clip(number);
}

/** A classifier whose runs finish when they are told to, or at once. */
function slowClassifier({ atOnce = false } = {}) {
  const runs: Run[] = [];
  const labels = [{ name: 'first' }];
  return {
    /** Those that have begun. */
    runs,
    frontEnd: { sampleRate: 1000, minSamples: 3, maxSamples: 10 },
    problemType: 'multi_label_classification' as const,
    labels,
    async logits(batch: readonly unknown[], options: AudioOptions = {}) {
      const numbers = (batch as { samples: Float32Array }[]).map(({ samples }) => samples[0]!);
      await new Promise<void>((resolve) => {
        runs.push({ clips: numbers, options, finish: resolve });
        if (atOnce) resolve();
      });
      if (numbers.some((number) => number < 0)) throw new Error('the model refuses this');
      return tensor('float32', [numbers.length, 1], Float32Array.from(numbers));
    },
    classify: () => expect.unreachable('not one by one'),
  };
}

/** The first sample of what a result is about. */
const heardIn = ({ logits }: Classified<unknown>) => logits?.[0];

describe('what is heard', () => {
  test('is what classify hears in each, in their order', async () => {
    const results = await all(classifyMany(classifier, paths, { topK: 3 }));
    expect(results.map(({ index }) => index)).toEqual([...paths.keys()]);
    expect(results.map(({ item }) => item)).toEqual(paths);
    for (const { item, labels, logits } of results) {
      expect(labels).toEqual(await classifier.classify(item, { topK: 3 }));
      expect(logits).toEqual((await classifier.logits([item])).data);
    }
  });

  test.each([
    ['in batches', { batch: 4 }],
    ['many at a time', { concurrency: 5 }],
  ])('is the same %s', async (_title, many) => {
    const results = await all(classifyMany(classifier, paths, many));
    for (const { item, labels } of results) {
      const [best] = await classifier.classify(item);
      expect(labels![0]!.label).toBe(best!.label);
      expect(labels![0]!.score).toBeCloseTo(best!.score, 5);
    }
  });

  test('has logits of its own, which may be posted away', async () => {
    const sounds = [0, 1, 2, 3].map(clip);
    const slow = slowClassifier({ atOnce: true });
    const results = await all(classifyMany(slow, sounds, { batch: 4, concurrency: 1 }));
    const { logits } = results[1]!;
    structuredClone(logits, { transfer: [logits!.buffer] });
    expect(results.map(heardIn)).toEqual([0, undefined, 2, 3]);
  });

  test('can be a part of each, on a channel, and sound in memory', async () => {
    const sound = { samples: new Float32Array(16000).fill(0.1), sampleRate: 16000 };
    const part = { start: 0.1, duration: 0.3, channel: 'mean' } as const;
    const results = await all(classifyMany(classifier, [paths[0]!, sound], part));
    for (const { item, labels } of results) expect(labels).toEqual(await classifier.classify(item, part));
  });

  test('is one answer for sound of any length with aggregate, and each window’s with none', async () => {
    const some = paths.slice(0, 3);
    const windows = { hop: 0.3, window: 0.5, batch: 2 } as const;
    for (const { item, labels, logits } of await all(classifyMany(classifier, some, windows))) {
      expect(labels).toEqual(await classifier.classify(item, windows));
      expect(logits).toBeUndefined();
    }
    const none = { ...windows, aggregate: 'none' } as const;
    for (const { item, labels } of await all(classifyMany(classifier, some, none))) {
      expect(labels).toEqual(await classifier.classify(item, none));
    }
  });

  test('is heard by ensembles and in workers too', async () => {
    const { port1, port2 } = new MessageChannel();
    serveClassifier(options, port1);
    const remote = await connectClassifier(port2).load(model);
    const both = ensemble([classifier, remote]);
    const alone = await all(classifyMany(classifier, paths, { topK: 1 }));
    for (const other of [remote, both]) {
      const results = await all(classifyMany(other, paths, { topK: 1 }));
      expect(results.map(({ labels }) => labels![0]!.label)).toEqual(
        alone.map(({ labels }) => labels![0]!.label),
      );
    }
    await remote.dispose();
    port1.close();
  });

  test('is nothing in nothing', async () => {
    expect(await all(classifyMany(classifier, []))).toEqual([]);
  });
});

describe('the pipeline', () => {
  test('keeps the order when a later run finishes first', async () => {
    const slow = slowClassifier();
    const results = all(classifyMany(slow, [clip(1), clip(2)], { concurrency: 2 }));
    await quiet();
    expect(slow.runs.map((run) => run.clips)).toEqual([[1], [2]]);
    slow.runs[1]!.finish();
    await quiet();
    slow.runs[0]!.finish();
    expect((await results).map(heardIn)).toEqual([1, 2]);
  });

  test('runs no more at a time than told, and the next when one is done', async () => {
    const slow = slowClassifier();
    const results = all(classifyMany(slow, clipsFrom(0, 6), { concurrency: 3 }));
    for (let done = 0; done < 6; done++) {
      await quiet();
      expect(slow.runs).toHaveLength(Math.min(6, done + 3));
      slow.runs[done]!.finish();
    }
    expect((await results).map(heardIn)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('fills batches with what is ready, and waits for no more', async () => {
    const slow = slowClassifier();
    const results = all(classifyMany(slow, clipsFrom(0, 9), { batch: 4, concurrency: 1 }));
    await quiet();
    expect(slow.runs.map((run) => run.clips)).toEqual([[0]]);
    slow.runs[0]!.finish();
    await quiet();
    expect(slow.runs[1]!.clips).toEqual([1, 2, 3, 4]);
    slow.runs[1]!.finish();
    await quiet();
    expect(slow.runs[2]!.clips).toEqual([5, 6, 7, 8]);
    slow.runs[2]!.finish();
    expect((await results).map(heardIn)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test.each([
    [{}, 3],
    [{ concurrency: 1 }, 2],
    [{ concurrency: 2, batch: 4 }, 12],
  ])('with %j takes %i more sounds than have been read, of a source without end', async (many, ahead) => {
    let taken = 0;
    function* endless() {
      for (;;) yield clip(taken++);
    }
    let read = 0;
    for await (const result of classifyMany(slowClassifier({ atOnce: true }), endless(), many)) {
      expect(heardIn(result)).toBe(read++);
      await quiet(); // as much as a slow reader leaves it time for
      expect(taken).toBe(read + ahead);
      if (read === 5) break;
    }
    expect(read).toBe(5);
  });

  test('takes nothing before a result is asked for', async () => {
    let taken = 0;
    function* counted() {
      for (;;) yield clip(taken++);
    }
    const results = classifyMany(slowClassifier({ atOnce: true }), counted());
    await quiet();
    expect(taken).toBe(0);
    await results.return();
  });

  test('goes on while its reader is busy', async () => {
    const slow = slowClassifier();
    const results = classifyMany(slow, clipsFrom(0, 4), { concurrency: 1 });
    const first = results.next();
    await quiet();
    slow.runs[0]!.finish();
    await first;
    await quiet();
    expect(slow.runs.map((run) => run.clips)).toEqual([[0], [1]]);
    slow.runs[1]!.finish();
    await quiet();
    expect(slow.runs.map((run) => run.clips)).toEqual([[0], [1], [2]]);
    await results.return();
  });
});

describe('what fails', () => {
  test('has its error in its place, and the others go on', async () => {
    const missing = join(clips, 'missing.wav');
    const empty = { samples: new Float32Array(0), sampleRate: 16000 };
    const long = { samples: new Float32Array(16000 * 60), sampleRate: 16000 };
    const sounds = [paths[0]!, missing, empty, paths[1]!, long, paths[2]!];
    for (const batch of [1, 3, 6]) {
      const results = await all(classifyMany(classifier, sounds, { batch }));
      expect(results.map(({ item }) => item)).toEqual(sounds);
      const codes = results.map(({ error }) => (AudiozooError.isInstance(error) ? error.code : undefined));
      expect(codes).toEqual([undefined, 'file', 'audio', undefined, 'audio-too-long', undefined]);
      const best = results.map(({ labels }) => labels?.[0]?.label);
      expect(best).toEqual(['zero', undefined, undefined, 'one', undefined, 'two']);
    }
  });

  test.each([null, undefined, 7])('is %j among the sounds, in words', async (sound) => {
    const [result] = await all(classifyMany(classifier, [sound] as never[]));
    expect(AudiozooError.isInstance(result!.error, 'argument')).toBe(true);
  });

  test('does not take the others of its batch with it', async () => {
    const sounds = [0, 1, -2, 3].map(clip);
    const slow = slowClassifier({ atOnce: true });
    const results = await all(classifyMany(slow, sounds, { batch: 4, concurrency: 1 }));
    expect(results.map(heardIn)).toEqual([0, 1, undefined, 3]);
    expect(`${results[2]!.error}`).toContain('the model refuses this');
  });

  test('is thrown when it is the source, after the results before', async () => {
    async function* breaking() {
      yield* clipsFrom(0, 2);
      throw new Error('the source breaks');
    }
    const heard: unknown[] = [];
    const reading = (async () => {
      for await (const result of classifyMany(slowClassifier({ atOnce: true }), breaking()))
        heard.push(heardIn(result));
    })();
    await expect(reading).rejects.toThrow('the source breaks');
    expect(heard).toEqual([0, 1]);
  });
});

describe('leaving', () => {
  const reason = new Error('changed my mind');

  /** A source that remembers whether it was told that nobody reads on. */
  function watched(items = clipsFrom(0, 100)) {
    const watch = { returned: false };
    async function* source() {
      try {
        yield* items;
      } finally {
        watch.returned = true;
      }
    }
    return Object.assign(watch, { source: source() });
  }

  test('by aborting throws the reason at once, and reaches the runs under way and the source', async () => {
    const controller = new AbortController();
    const slow = slowClassifier();
    const items = watched();
    const reading = all(classifyMany(slow, items.source, { signal: controller.signal }));
    await quiet();
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(slow.runs.map(({ options }) => options.signal!.aborted)).toEqual([true, true]);
    expect(items.returned).toBe(true);
  });

  test('by aborting does not wait for a source that gives nothing', async () => {
    const controller = new AbortController();
    const never: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    };
    const reading = all(classifyMany(slowClassifier(), never, { signal: controller.signal }));
    await quiet();
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  test.each([
    ['at rest', async () => ({ done: false as const, value: clip(0) })],
    ['about to give a sound', () => new Promise<never>(() => {})],
  ])('by aborting throws the reason, though a source %s cannot be closed', async (_title, next) => {
    const controller = new AbortController();
    const source = {
      [Symbol.asyncIterator]: () => ({
        next,
        return() {
          throw new Error('the source breaks');
        },
      }),
    };
    const reading = all(classifyMany(slowClassifier(), source, { signal: controller.signal }));
    await quiet();
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  test('before it begins takes nothing', async () => {
    const items = watched();
    const signal = AbortSignal.abort(reason);
    await expect(all(classifyMany(slowClassifier(), items.source, { signal }))).rejects.toBe(reason);
    expect((await items.source.next()).value).toEqual(clip(0));
  });

  test('by break stops the runs under way and closes the source', async () => {
    const slow = slowClassifier();
    const items = watched();
    const results = classifyMany(slow, items.source, { concurrency: 2 });
    const first = results.next();
    await quiet();
    slow.runs[0]!.finish();
    expect(heardIn((await first).value as Classified<unknown>)).toBe(0);
    await results.return();
    expect(slow.runs.at(-1)!.options.signal!.aborted).toBe(true);
    expect(items.returned).toBe(true);
  });
});

test.each([
  ['a path', '/dog.wav', {}, /these are not many sounds.*"\/dog.wav".*`classify`/],
  ['one sound', { samples: new Float32Array(1), sampleRate: 1 }, {}, /these are not many sounds/],
  ['nothing', undefined, {}, /these are not many sounds/],
  [
    'a batch of none',
    [],
    { batch: 0 },
    /option batch of classifyMany cannot be used: expected a whole number from 1, got 0/,
  ],
  [
    'half a run',
    [],
    { concurrency: 0.5 },
    /option concurrency of classifyMany cannot be used: expected a whole number from 1, got 0.5/,
  ],
  [
    'no label',
    [],
    { topK: 0 },
    /option topK of classifyMany cannot be used: expected a whole number from 1, got 0/,
  ],
  ['an unknown aggregate', [], { aggregate: 'median' }, /option aggregate of classifyMany cannot be used/],
  ['a window without aggregate', [], { window: 1 }, /window does nothing for a single clip/],
])('%s is refused', async (_title, source, many, message) => {
  const reading = all(classifyMany(classifier, source as string[], many as ClassifyManyOptions as object));
  const error = await reading.catch((thrown: unknown) => thrown);
  expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
  expect(`${error}`).toMatch(message);
});
