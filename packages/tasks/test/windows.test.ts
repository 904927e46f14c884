import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError, type Progress, tensor } from '@audiozoo/core';
import { logitTolerance } from '@audiozoo/core/testing';
import { resample } from '@audiozoo/features';
import {
  type AudioPieces,
  classifyWindows,
  connectClassifier,
  ensemble,
  type LocalClassifier,
  loadClassifier,
  type ScoredWindow,
  scoresOf,
  serveClassifier,
  type WindowOptions,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, wavFile } from '../../../testing/wav-file.js';
import { assembleRecording } from './long-recording.js';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const rate = 16000;
/** Scores are sigmoids, whose slope is at most a quarter. */
const scoreTolerance = logitTolerance.float32 / 4;

let classifier: LocalClassifier;
let recording: Float32Array;
beforeAll(async () => {
  classifier = await loadClassifier(model, { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) });
  recording = (await assembleRecording(['en-us-f2'])).samples.slice(0, 8 * rate);
});
afterAll(() => classifier.dispose());

async function all<T>(things: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const thing of things) list.push(thing);
  return list;
}

const hear = (samples: Float32Array, options?: WindowOptions) =>
  all(classifyWindows(classifier, { samples, sampleRate: rate }, options));

async function scoresAlone(samples: Float32Array): Promise<Float64Array> {
  return scoresOf((await classifier.logits([{ samples, sampleRate: rate }])).data, classifier.problemType);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, index) => Math.abs(value - b[index]!)));
}

/** Samples in pieces of changing sizes. */
function inPieces(samples: Float32Array, sampleRate = rate): AudioPieces {
  return {
    sampleRate,
    async *[Symbol.asyncIterator]() {
      for (let start = 0, size = 1; start < samples.length; start += size) {
        size = 1 + ((size * 7919) % 9001);
        yield samples.subarray(start, start + size);
      }
    },
  };
}

/** A classifier that knows only how many samples a clip has and what the first of them is. */
function counting(minSamples = 3, maxSamples = 10) {
  const batches: number[] = [];
  const frontEnd = { sampleRate: 1000, minSamples, maxSamples };
  return {
    batches,
    frontEnd,
    problemType: 'multi_label_classification' as const,
    labels: [{ name: 'length' }, { name: 'first' }],
    async logits(clips: readonly unknown[]) {
      batches.push(clips.length);
      const rows = (clips as { samples: Float32Array }[]).flatMap(({ samples }) => {
        if (samples.length < minSamples) {
          throw new AudiozooError({ code: 'audio-too-short', what: 'too short' });
        }
        return [samples.length, samples[0]!].map((value) => Math.log(Math.max(value, 1e-6) / (1000 - value)));
      });
      return tensor('float32', [clips.length, 2], Float32Array.from(rows));
    },
  };
}
const countUp = (length: number) => ({
  samples: Float32Array.from({ length }, (_, index) => index + 1),
  sampleRate: 1000,
});
/** [first, samples, start, end, time], times in milliseconds. */
const rounded = ({ start, end, time, scores }: ScoredWindow) => [
  ...[scores[1]! * 1000, scores[0]! * 1000, start * 1000, end * 1000, time * 1000].map((value) =>
    Number(value.toFixed(2)),
  ),
];

describe('the windows of a sound', () => {
  test('are on a grid, the last with what is left', async () => {
    const windows = await all(classifyWindows(counting(), countUp(25), { hop: 0.004 }));
    expect(windows.map(rounded)).toEqual([
      [1, 10, 0, 10, 5],
      [5, 10, 4, 14, 9],
      [9, 10, 8, 18, 13],
      [13, 10, 12, 22, 17],
      [17, 9, 16, 25, 21],
    ]);
  });

  test.each([
    [
      20,
      [
        [1, 10],
        [11, 10],
      ],
    ],
    [
      21,
      [
        [1, 10],
        [11, 10],
      ],
    ], // the rest has fewer samples than the model takes
    [
      23,
      [
        [1, 10],
        [11, 10],
        [21, 3],
      ],
    ],
    [4, [[1, 4]]],
  ])('of %d samples follow each other without a hop', async (length, expected) => {
    const windows = await all(classifyWindows(counting(), countUp(length)));
    expect(windows.map((window) => rounded(window).slice(0, 2))).toEqual(expected);
  });

  test('may leave gaps', async () => {
    const windows = await all(classifyWindows(counting(), countUp(40), { window: 0.005, hop: 0.015 }));
    expect(windows.map((window) => rounded(window).slice(0, 2))).toEqual([
      [1, 5],
      [16, 5],
      [31, 5],
    ]);
  });

  test('may be centered, with silence before and behind the sound', async () => {
    const windows = await all(classifyWindows(counting(1), countUp(12), { hop: 0.005, centered: true }));
    expect(windows.map(rounded)).toEqual([
      [0, 10, 0, 5, 0],
      [1, 10, 0, 10, 5],
      [6, 10, 5, 12, 10],
    ]);
  });

  test('come in batches, with progress', async () => {
    const seconds: number[] = [];
    const counter = counting();
    const onProgress = ({ done, total, unit }: Progress) => {
      expect({ total, unit }).toEqual({ total: 0.045, unit: 'seconds' });
      seconds.push(done);
    };
    const windows = await all(classifyWindows(counter, countUp(45), { batch: 2, onProgress }));
    expect(windows).toHaveLength(5);
    expect(counter.batches).toEqual([2, 2, 1]);
    expect(seconds).toEqual([0.02, 0.04, 0.045]);
  });

  test('are none in sound that is too short', async () => {
    await expect(all(classifyWindows(counting(), countUp(2)))).rejects.toThrow('too short');
    const empty = all(classifyWindows(counting(), { sampleRate: 1000, async *[Symbol.asyncIterator]() {} }));
    await expect(empty).rejects.toThrow('too short');
  });

  test.each([
    { window: 0.011 },
    { window: 0.002 },
    { window: Number.NaN },
    { hop: 0 },
    { hop: -1 },
    { hop: Number.POSITIVE_INFINITY },
    { batch: 0 },
    { batch: 1.5 },
  ])('are refused with %j', async (options) => {
    const error = await all(classifyWindows(counting(), countUp(30), options)).catch((thrown) => thrown);
    expect(AudiozooError.isInstance(error, 'argument'), String(error)).toBe(true);
  });

  test('are refused when the model gives no numbers', async () => {
    const broken = {
      ...counting(),
      logits: async () => tensor('float32', [1, 2], Float32Array.of(0, Number.NaN)),
    };
    const error = await all(classifyWindows(broken, countUp(30))).catch((thrown) => thrown);
    expect(AudiozooError.isInstance(error, 'runtime'), String(error)).toBe(true);
  });
});

describe('sound in windows', () => {
  test('is scored as each window alone is, in batches too', async () => {
    const windows = await hear(recording, { hop: 0.4, batch: 3 });
    expect(windows.length).toBeGreaterThan(16);
    for (const { start, end, scores } of windows) {
      const alone = await scoresAlone(recording.slice(Math.round(start * rate), Math.round(end * rate)));
      expect(largestDifference(scores, alone)).toBeLessThan(scoreTolerance);
    }
  });

  test('is the same in pieces of any size, at its own rate, and from a file', async () => {
    const at44100 = resample(recording, rate, 44100);
    const whole = await all(
      classifyWindows(classifier, { samples: at44100, sampleRate: 44100 }, { hop: 0.7 }),
    );
    const pieces = await all(classifyWindows(classifier, inPieces(at44100, 44100), { hop: 0.7 }));
    expect(pieces).toEqual(whole);

    const folder = await mkdtemp(join(tmpdir(), 'audiozoo-windows-'));
    try {
      await writeFile(
        join(folder, 'sound.wav'),
        wavFile(bytesOf(at44100), { format: 'float', bits: 32, sampleRate: 44100 }),
      );
      const totals: (number | undefined)[] = [];
      const onProgress = ({ total }: { total: number | undefined }) => totals.push(total);
      const file = classifyWindows(classifier, join(folder, 'sound.wav'), { hop: 0.7, onProgress });
      expect(await all(file)).toEqual(whole);
      expect(totals[0]).toBeCloseTo(at44100.length / 44100, 6);
      const part = await all(
        classifyWindows(classifier, join(folder, 'sound.wav'), { start: 1.4, duration: 2.1, hop: 0.7 }),
      );
      expect(part.map(({ start }) => Number(start.toFixed(6)))).toEqual([1.4, 2.1, 2.8]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('that is live gives the same as its windows offline, whatever its pieces', async () => {
    const { maxSamples } = classifier.frontEnd;
    const windows = await hear(recording, { hop: 0.5 });
    const stream = await classifier.stream({ sampleRate: rate });
    let heard = 0;
    const push = async (to: number) => {
      for (let size = 1; heard < to; size = 1 + ((size * 7919) % 3001)) {
        const piece = recording.subarray(heard, Math.min(heard + size, to));
        await stream.push(piece);
        heard += piece.length;
      }
    };
    let compared = 0;
    for (const { start, scores } of windows) {
      const end = Math.round(start * rate) + maxSamples;
      if (end > recording.length) break;
      await push(end);
      const { labels } = await stream.classify({ topK: scores.length });
      for (const { index, score } of labels) {
        expect(Math.abs(score - scores[index]!)).toBeLessThan(scoreTolerance);
      }
      compared++;
    }
    expect(compared).toBeGreaterThan(12);
  });

  test('stops when it is aborted, and lets go of its source when the loop is left', async () => {
    const controller = new AbortController();
    const windows = classifyWindows(classifier, inPieces(recording), { signal: controller.signal });
    await windows.next();
    controller.abort(new Error('enough'));
    await expect(windows.next()).rejects.toThrow('enough');

    let returned = false;
    const source = inPieces(recording);
    const watched: AudioPieces = {
      sampleRate: rate,
      async *[Symbol.asyncIterator]() {
        try {
          yield* source;
        } finally {
          returned = true;
        }
      },
    };
    for await (const _ of classifyWindows(classifier, watched)) break;
    expect(returned).toBe(true);
  });

  test('is read no further than a window ahead', async () => {
    let given = 0;
    const endless: AudioPieces = {
      sampleRate: rate,
      async *[Symbol.asyncIterator]() {
        for (;;) {
          given += 1600;
          yield new Float32Array(1600);
        }
      },
    };
    for await (const { end } of classifyWindows(classifier, endless, { hop: 1 })) {
      expect(given - end * rate).toBeLessThan(3200);
      if (end > 20) break;
    }
  });

  test('that comes in pieces takes no part to hear', async () => {
    const error = await all(classifyWindows(classifier, inPieces(recording), { start: 1 })).catch((e) => e);
    expect(AudiozooError.isInstance(error, 'argument'), String(error)).toBe(true);
  });
});

describe('classify', () => {
  const audio = () => ({ samples: recording, sampleRate: rate });

  test('refuses long sound and says what allows it', async () => {
    const error = await classifier.classify(audio()).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'audio-too-long')).toBe(true);
    expect(String(error)).toContain('aggregate');
  });

  test('averages the windows by their length', async () => {
    const windows = await hear(recording);
    const seconds = windows.reduce((sum, { start, end }) => sum + end - start, 0);
    for (const label of await classifier.classify(audio(), { aggregate: 'mean', topK: 12 })) {
      const mean = windows.reduce(
        (sum, w) => sum + ((w.end - w.start) / seconds) * w.scores[label.index]!,
        0,
      );
      expect(label.score).toBeCloseTo(mean, 6);
    }
    const byHop = await classifier.classify(audio(), { hop: 2, topK: 1 });
    expect(byHop).toEqual(await classifier.classify(audio(), { hop: 2, aggregate: 'mean', topK: 1 }));
  });

  test('takes the highest score of the windows', async () => {
    const windows = await hear(recording, { hop: 0.5 });
    for (const label of await classifier.classify(audio(), { aggregate: 'max', hop: 0.5, topK: 12 })) {
      expect(label.score).toBeCloseTo(Math.max(...windows.map(({ scores }) => scores[label.index]!)), 6);
    }
  });

  test('tells the labels of each window', async () => {
    const windows = await hear(recording, { hop: 1 });
    const timeline = await classifier.classify(audio(), { aggregate: 'none', hop: 1, topK: 1 });
    expect(timeline.map(({ start, end }) => [start, end])).toEqual(
      windows.map(({ start, end }) => [start, end]),
    );
    timeline.forEach(({ labels }, place) => {
      expect(labels).toHaveLength(1);
      expect(labels[0]!.score).toBeCloseTo(Math.max(...windows[place]!.scores), 6);
    });
  });

  test('gives a clip that fits the labels that it has alone', async () => {
    const [clip] = await readdir(join(model, 'clips'));
    const path = join(model, 'clips', clip!);
    const alone = await classifier.classify(path);
    const windowed = await classifier.classify(path, { aggregate: 'max' });
    expect(windowed.map(({ label }) => label)).toEqual(alone.map(({ label }) => label));
    expect(
      largestDifference(
        windowed.map((l) => l.score),
        alone.map((l) => l.score),
      ),
    ).toBeLessThan(scoreTolerance);
  });

  test.each([
    [{ window: 1 }, 'window does nothing'],
    [{ batch: 4 }, 'batch does nothing'],
    [{ aggregate: 'median' as 'mean' }, 'option aggregate of classify cannot be used'],
    [{ aggregate: 'mean' as const, topK: 0 }, 'topK'],
  ])('refuses %j', async (options, message) => {
    const error = await classifier.classify(audio(), options).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'argument'), String(error)).toBe(true);
    expect(String(error)).toContain(message);
  });

  test('hears long sound through a worker too', async () => {
    const { port1, port2 } = new MessageChannel();
    serveClassifier({ models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) }, port1);
    const connection = connectClassifier(port2);
    try {
      const remote = await connection.load(model);
      const here = await classifier.classify(audio(), { aggregate: 'max', hop: 1, topK: 12 });
      const there = await remote.classify(audio(), { aggregate: 'max', hop: 1, topK: 12 });
      expect(there).toEqual(here);
    } finally {
      connection.close();
      port1.close();
    }
  });

  test('hears long sound through ensembles too', async () => {
    const both = ensemble([classifier, classifier]);
    const [a, b] = await Promise.all(
      [both, classifier].map((one) => one.classify(audio(), { aggregate: 'mean', topK: 12 })),
    );
    expect(
      largestDifference(
        a!.map((l) => l.score),
        b!.map((l) => l.score),
      ),
    ).toBeLessThan(scoreTolerance);
  });
});
