import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError, tensor } from '@audiozoo/core';
import { logitTolerance } from '@audiozoo/core/testing';
import { resample } from '@audiozoo/features';
import { openAudioStream, readAudio } from '@audiozoo/features/audio';
import {
  type AudioClassifier,
  type AudioPieces,
  type Heard,
  listen,
  loadClassifier,
  openMicrophone,
  type ScoredLabel,
} from '@audiozoo/tasks';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const rate = 16000;
/** Samples of a frame, from one frame to the next, and frames of the model's window. */
const frameLength = 400;
const frameHop = 160;
const windowFrames = 128;

let classifier: AudioClassifier;
let speech: Float32Array;
beforeAll(async () => {
  classifier = await loadClassifier(model, { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) });
  const clips = (await readdir(join(model, 'clips'))).slice(0, 4);
  const sounds = await Promise.all(
    clips.map((clip) => readAudio(join(model, 'clips', clip), { resampleTo: rate })),
  );
  speech = Float32Array.from(sounds.flatMap(({ samples }) => [...samples]));
});
afterAll(() => classifier.dispose());

/** Samples in pieces of changing sizes. */
function inPieces(samples: Float32Array, sampleRate = rate): AudioPieces {
  return {
    sampleRate,
    async *[Symbol.asyncIterator]() {
      for (let start = 0, size = 1; start < samples.length; start += size) {
        size = 1 + ((size * 7919) % 5003);
        yield samples.subarray(start, start + size);
      }
    },
  };
}

async function all(heard: AsyncIterable<Heard>): Promise<Heard[]> {
  const results: Heard[] = [];
  for await (const result of heard) results.push(result);
  return results;
}

/** Scores are sigmoids of the logits. */
function logitsOf(labels: readonly ScoredLabel[]): number[] {
  return [...labels].sort((a, b) => a.index - b.index).map(({ score }) => Math.log(score / (1 - score)));
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, index) => Math.abs(value - b[index]!)));
}

describe('sound that waits', () => {
  test('is predicted at each hop as its last window alone is', async () => {
    const results = await all(listen(classifier, inPieces(speech), { hop: 0.5, topK: 12 }));
    expect(results.slice(0, -1).map(({ time }) => time)).toEqual(
      results.slice(0, -1).map((_, hop) => (hop + 1) / 2),
    );
    expect(results.at(-1)!.time).toBe(speech.length / rate);
    expect(results.length).toBeGreaterThan(6);
    for (const { time, labels, dropped } of results) {
      expect(dropped).toBe(0);
      const frames = Math.floor((time * rate - frameLength) / frameHop) + 1;
      const first = Math.max(0, frames - windowFrames) * frameHop;
      const samples = speech.slice(first, (frames - 1) * frameHop + frameLength);
      const { data } = await classifier.logits([{ samples, sampleRate: rate }]);
      expect(largestDifference(logitsOf(labels), data)).toBeLessThan(logitTolerance.float32);
    }
  });

  test('gives its features as they come, at its own rate too', async () => {
    const at44100 = resample(speech, rate, 44100);
    const rows: number[] = [];
    const onFeatures = ({
      shape: [frames, melBins],
      data,
    }: {
      shape: readonly number[];
      data: Float32Array;
    }) => {
      expect(melBins).toBe(128);
      expect(data.length).toBe(frames! * melBins!);
      rows.push(...data);
    };
    await all(listen(classifier, inPieces(at44100, 44100), { onFeatures }));
    const whole = await classifier.features({ samples: at44100, sampleRate: 44100 });
    expect(rows.length).toBeGreaterThan(whole.data.length - 2 * 128); // the resampler keeps its last samples back
    expect(largestDifference(rows, whole.data.subarray(0, rows.length))).toBe(0);
  });

  test('comes from files', async () => {
    const clip = await openAudioStream(join(model, 'clips/7_seven.wav'));
    const results = await all(listen(classifier, clip, { topK: 1 }));
    expect(results.map(({ labels }) => labels[0]!.label)).toContain('seven');
  });

  test.each([
    ['shorter than a frame', new Float32Array(200), 'audio-too-short'],
    ['empty', new Float32Array(0), 'audio-too-short'],
    ['NaN', new Float32Array(8000).fill(Number.NaN), 'audio'],
  ] as const)('is refused when it is %s', async (_, samples, code) => {
    const error = await all(listen(classifier, inPieces(samples))).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, code), String(error)).toBe(true);
  });
});

/** A microphone that is spoken into by the test. */
function microphone(sampleRate = 1000) {
  const pieces: Float32Array[] = [];
  let ended = false;
  let wake = () => {};
  let returned = false;
  const source: AudioPieces = {
    sampleRate,
    [Symbol.asyncIterator]: () => ({
      async next() {
        while (pieces.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
        const value = pieces.shift();
        return value ? { done: false, value } : { done: true, value: undefined };
      },
      async return() {
        returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  return {
    source,
    speak(seconds: number) {
      pieces.push(new Float32Array(seconds * sampleRate));
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    wasReturned: () => returned,
  };
}

/** A classifier that predicts when the test says so. */
function slowClassifier() {
  const predictions: (() => void)[] = [];
  let heard = 0;
  let closed = false;
  const slow = {
    frontEnd: { sampleRate: 1000, minSamples: 1, maxSamples: 1000 },
    stream: async () => ({
      async push(samples: Float32Array) {
        heard += samples.length;
        return tensor('float32', [samples.length, 1], samples);
      },
      async classify() {
        const time = heard / 1000;
        await new Promise<void>((resolve) => predictions.push(resolve));
        return { labels: [], time };
      },
      async close() {
        closed = true;
      },
    }),
  } as unknown as AudioClassifier;
  return { slow, predictions, wasClosed: () => closed };
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('sound that goes on', () => {
  test('drops and counts the hops that the model is too slow for, and predicts from the latest', async () => {
    const { source, speak, end } = microphone();
    const { slow, predictions } = slowClassifier();
    const results: Heard[] = [];
    const listening = (async () => {
      for await (const heard of listen(slow, source, { hop: 0.5, live: true })) results.push(heard);
    })();
    speak(0.5);
    await moment();
    expect(predictions).toHaveLength(1);
    for (let piece = 0; piece < 7; piece++) speak(0.25); // 2.25 s by now: hops at 1, 1.5 and 2 have passed
    await moment();
    predictions.shift()!();
    await moment();
    predictions.shift()!();
    await moment();
    end();
    await listening;
    expect(results).toEqual([
      { labels: [], time: 0.5, dropped: 0 },
      { labels: [], time: 2.25, dropped: 2 },
    ]);
  });

  test('keeps nothing back while a model that keeps up predicts every hop', async () => {
    const { source, speak, end } = microphone();
    const { slow, predictions } = slowClassifier();
    const listening = all(listen(slow, source, { hop: 0.5, live: true }));
    for (let hop = 0; hop < 3; hop++) {
      speak(0.5);
      await moment();
      predictions.shift()!();
      await moment();
    }
    end();
    expect((await listening).map(({ time, dropped }) => [time, dropped])).toEqual([
      [0.5, 0],
      [1, 0],
      [1.5, 0],
    ]);
  });

  test('adds what a source skipped to the time', async () => {
    const { source, speak, end } = microphone();
    const { slow, predictions } = slowClassifier();
    const listening = all(listen(slow, { ...source, skipped: 3000 }, { hop: 0.5, live: true }));
    speak(0.5);
    await moment();
    predictions.shift()!();
    await moment();
    end();
    expect((await listening)[0]!.time).toBe(3.5);
  });
});

describe.each([true, false])('listening (live: %s)', (live) => {
  test('ends without an error when it is aborted, though no more sound comes', async () => {
    const { source, wasReturned } = microphone();
    const { slow, wasClosed } = slowClassifier();
    const controller = new AbortController();
    const listening = all(listen(slow, source, { live, signal: controller.signal }));
    await moment();
    controller.abort();
    expect(await listening).toEqual([]);
    expect([wasReturned(), wasClosed()]).toEqual([true, true]);
  });

  test('lets go of its source when the loop is left', async () => {
    const { source, speak, wasReturned } = microphone();
    const { slow, predictions, wasClosed } = slowClassifier();
    const leaving = (async () => {
      for await (const _ of listen(slow, source, { live })) break;
    })();
    speak(1);
    await moment();
    predictions.shift()!();
    await leaving;
    expect([wasReturned(), wasClosed()]).toEqual([true, true]);
  });

  test('passes an error of its source on', async () => {
    const { slow, wasClosed } = slowClassifier();
    const source: AudioPieces = {
      sampleRate: 1000,
      // biome-ignore lint/correctness/useYield: it fails before it has anything to give.
      async *[Symbol.asyncIterator]() {
        throw new Error('unplugged');
      },
    };
    await expect(all(listen(slow, source, { live }))).rejects.toThrow('unplugged');
    expect(wasClosed()).toBe(true);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a hop of %d', async (hop) => {
    const { source } = microphone();
    const error = await all(listen(classifier, source, { live, hop })).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
  });
});

describe('a microphone', () => {
  afterEach(() => vi.unstubAllGlobals());
  const failing = (error: unknown) =>
    vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: () => Promise.reject(error) } });

  test.each([
    ['NotAllowedError', 'may not use the microphone'],
    ['NotFoundError', 'there is no microphone'],
    ['NotReadableError', 'Another program may be using it'],
    ['constructor', 'cannot be opened'],
  ])('that fails with %s says what to do', async (name, advice) => {
    failing(new DOMException('no', name));
    const error = await openMicrophone().catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'device')).toBe(true);
    expect(String(error)).toContain(advice);
  });

  test('is not to be had outside a browser, nor without HTTPS', async () => {
    vi.stubGlobal('navigator', {});
    const error = await openMicrophone().catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'device')).toBe(true);
    expect(String(error)).toContain('HTTPS');
  });

  test.each([
    ['without sound', [], 'argument', 'the stream has no sound'],
    ['where there is no AudioWorklet', [{}], 'device', 'there is no AudioWorklet here'],
  ] as const)('stream %s is refused', async (_, tracks, code, message) => {
    const stream = { getAudioTracks: () => tracks } as unknown as MediaStream;
    const error = await all(listen(classifier, stream)).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, code)).toBe(true);
    expect(String(error)).toContain(message);
  });
});
