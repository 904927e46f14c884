import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError } from '@audiozoo/core';
import { readAudio } from '@audiozoo/features/audio';
import {
  byStart,
  type DetectEventsOptions,
  detectEvents,
  type HearEventsOptions,
  hearEvents,
  type LocalClassifier,
  loadClassifier,
  type ScoredWindow,
  type SoundEvent,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assembleRecording, type LongRecording } from './long-recording.js';

const labels = [{ name: 'dog', mid: '/m/dog' }, { name: 'cat' }];

/** Windows of 2 seconds a second apart, with these scores for `dog`, and for `cat` those or 0. */
const windowsOf = (dog: readonly number[], cat: readonly number[] = []) =>
  dog.map((score, place) => ({
    start: place,
    end: place + 2,
    scores: Float64Array.of(score, cat[place] ?? 0),
  }));

/** [label, start, end, score] */
const found = (dog: readonly number[], options: DetectEventsOptions = {}, cat?: readonly number[]) =>
  detectEvents(windowsOf(dog, cat), labels, { medianFilter: 1, ...options }).map(
    ({ label, start, end, score }) => [label, start, end, score],
  );

describe('events', () => {
  test('last from half way to the neighbors, at the ends as long as the sound', () => {
    expect(found([0, 0, 0.9, 0, 0])).toEqual([['dog', 2.5, 3.5, 0.9]]);
    expect(found([0.9, 0, 0, 0.8])).toEqual([
      ['dog', 0, 1.5, 0.9],
      ['dog', 3.5, 5, 0.8],
    ]);
    expect(found([0.9])).toEqual([['dog', 0, 2, 0.9]]);
  });

  test('last from where windows meet that do not overlap, however long they are', () => {
    const steps = [0, 1, 5, 5.5].map((start, place, starts) => ({
      start,
      end: starts[place + 1] ?? 6,
      scores: Float64Array.of(place === 1 ? 0.9 : 0, 0),
    }));
    expect(detectEvents(steps, labels, { medianFilter: 1 })).toMatchObject([{ start: 1, end: 5 }]);
    expect(found([])).toEqual([]);
  });

  test('may have thresholds of their own by label', () => {
    const scores = [0, 0.35, 0.3, 0, 0];
    const byLabel = { '/m/dog': { on: 0.3 }, cat: { on: 0.3, off: 0.3 } };
    expect(found(scores, {}, scores)).toEqual([]);
    expect(found([0.2, 0.35, 0.3, 0, 0], { byLabel }, [0.2, 0.35, 0.3, 0, 0])).toEqual([
      ['dog', 0, 3.5, 0.35],
      ['cat', 1.5, 3.5, 0.35],
    ]);
    expect(() => found(scores, { byLabel: { bird: { on: 0.3 } } })).toThrow(/bird/);
    expect(() => found(scores, { byLabel: { cat: { on: 0.3, off: 0.4 } } })).toThrow(/0\.3, 0\.4/);
  });

  test('may be smoothed over seconds, by label too', () => {
    const scores = [0, 0, 0.9, 0, 0.9, 0, 0]; // a second apart
    const smooth = { medianFilter: undefined };
    expect(found(scores, { ...smooth, medianSeconds: 3 })).toEqual([['dog', 3.5, 4.5, 0.9]]);
    expect(found(scores, { ...smooth, medianSeconds: 1.9 })).toHaveLength(2);
    const byLabel = { cat: { medianSeconds: 3 } };
    expect(found(scores, { ...smooth, medianSeconds: 0, byLabel }, scores)).toEqual([
      ['dog', 2.5, 3.5, 0.9],
      ['cat', 3.5, 4.5, 0.9],
      ['dog', 4.5, 5.5, 0.9],
    ]);
    expect(() => found(scores, { medianSeconds: 3 })).toThrow(/medianSeconds/);
    expect(() => found(scores, { ...smooth, medianSeconds: -1 })).toThrow(/at least 0/);
  });

  test('keep the time that their windows stand for', () => {
    const windows = [0, 1, 2].map((time) => ({
      start: Math.max(0, time - 1),
      end: Math.min(2.5, time + 1),
      time,
      scores: Float64Array.of(time === 1 ? 0.9 : 0, 0),
    }));
    expect(detectEvents(windows, labels, { medianFilter: 1 })).toEqual([
      { label: 'dog', mid: '/m/dog', index: 0, start: 0.5, end: 1.5, score: 0.9 },
    ]);
  });

  test('reach from off to off around what comes to on', () => {
    const scores = [0, 0.3, 0.3, 0.7, 0.4, 0, 0.4, 0.4, 0, 0.24, 0.7];
    expect(found(scores)).toEqual([
      ['dog', 1.5, 5.5, 0.7],
      ['dog', 10.5, 12, 0.7],
    ]);
    expect(found(scores, { threshold: { on: 0.4, off: 0.4 } })).toEqual([
      ['dog', 3.5, 5.5, 0.7],
      ['dog', 6.5, 8.5, 0.4],
      ['dog', 10.5, 12, 0.7],
    ]);
  });

  test('are found in scores whose outliers a median has taken away', () => {
    const scores = [0, 0.9, 0, 0, 0.8, 0.1, 0.9, 0.7, 0, 0];
    expect(found(scores, { medianFilter: 3 })).toEqual([['dog', 5.5, 8.5, 0.8]]);
    expect(found([0.9, 0, 0, 0, 0.9], { medianFilter: 5 })).toEqual([
      ['dog', 0, 1.5, 0.9], // at the ends there is less to take it of
      ['dog', 4.5, 6, 0.9],
    ]);
  });

  test('of one label merge across short gaps, then short ones go', () => {
    const scores = [0.9, 0, 0.8, 0, 0, 0, 0.7, 0, 0];
    expect(found(scores, { mergeGap: 1 })).toEqual([
      ['dog', 0, 3.5, 0.9],
      ['dog', 6.5, 7.5, 0.7],
    ]);
    expect(found(scores, { mergeGap: 1, minDuration: 1.1 })).toEqual([['dog', 0, 3.5, 0.9]]);
    expect(found(scores, { mergeGap: 3, minDuration: 1.1 })).toEqual([['dog', 0, 7.5, 0.9]]);
  });

  test('of several labels come by their start, those asked for only', () => {
    const dog = [0, 0, 0.9, 0.9, 0.9];
    const cat = [0, 0.8, 0, 0, 0.7];
    const names = (options: DetectEventsOptions) => found(dog, options, cat).map(([label]) => label);
    expect(names({})).toEqual(['cat', 'dog', 'cat']);
    expect(names({ labels: ['/m/dog'] })).toEqual(['dog']);
    expect(names({ ignore: ['dog'] })).toEqual(['cat', 'cat']);
  });

  test.each<DetectEventsOptions>([
    { threshold: { on: 0.4, off: 0.5 } },
    { threshold: { on: 1.1 } },
    { threshold: { on: Number.NaN } },
    { medianFilter: 2 },
    { medianFilter: 0 },
    { minDuration: -1 },
    { mergeGap: Number.NaN },
    { labels: ['bird'] },
    { ignore: ['constructor'] },
  ])('are refused with %j', (options) => {
    expect(() => detectEvents(windowsOf([0.9]), labels, options)).toThrow(AudiozooError);
  });
});

const model = join(import.meta.dirname, '../../../models/spoken-digits');
let classifier: LocalClassifier;
beforeAll(async () => {
  classifier = await loadClassifier(model, { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) });
});
afterAll(() => classifier.dispose());

describe('words that follow each other within a window', () => {
  const clips = join(model, 'clips');
  const elephant = 'unknown_elephant.wav';
  const apart = 0.85;

  /** These words, so many seconds from the beginning of one to that of the next. */
  async function spoken(words: readonly string[]) {
    const all = [...(await readdir(clips))];
    const sampleRate = 16000;
    const samples = new Float32Array(Math.round((words.length * apart + 0.5) * sampleRate));
    for (const [place, word] of words.entries()) {
      const name = word === 'unknown' ? elephant : all.find((clip) => clip.endsWith(`_${word}.wav`))!;
      const clip = await readAudio(join(clips, name), { resampleTo: sampleRate });
      const first = Math.round(place * apart * sampleRate);
      clip.samples.forEach((sample, at) => {
        if (first + at < samples.length) samples[first + at]! += sample;
      });
    }
    return { samples, sampleRate };
  }

  async function heard(words: readonly string[], options: HearEventsOptions): Promise<string[]> {
    const events: SoundEvent[] = [];
    const sound = await spoken(words);
    for await (const event of hearEvents(classifier, sound, { ignore: ['silence'], ...options }))
      events.push(event);
    return events.sort(byStart).map(({ label }) => label);
  }

  test.each([
    'zero one two three four five six unknown',
    'unknown seven three nine one eight two five',
    'five three eight unknown two seven zero nine',
  ])('are told apart amid silence: %s', async (text) => {
    const words = text.split(' ');
    expect(await heard(words, { amidSilence: true, batch: 4 })).toEqual(words);
    expect(await heard(words, { batch: 4 })).not.toEqual(words); // or silence would not be what helps
  });

  test('are smoothed as one says, and in windows of the length that one says', async () => {
    const words = ['three', 'seven'];
    const windows: number[] = [];
    const onScores = ({ start, end }: ScoredWindow) => windows.push(end - start);
    expect(await heard(words, { amidSilence: true, window: 0.8, medianSeconds: 0.5, onScores })).toEqual(
      words,
    );
    expect(Math.max(...windows)).toBeCloseTo(0.8, 6);
    expect((await heard(words, { amidSilence: true, medianFilter: 1 })).length).toBeGreaterThan(2);
  });
});

describe('a long recording', () => {
  /** Seconds that an event's middle may be beside the digit's. */
  const timeTolerance = 0.3;
  let recording: LongRecording;
  beforeAll(async () => {
    recording = await assembleRecording();
  });

  test('has every digit found at its time, and none invented', async () => {
    const events: SoundEvent[] = [];
    const options = { hop: 0.2, threshold: { on: 0.8 }, ignore: ['unknown', 'silence'], batch: 4 };
    for await (const event of hearEvents(classifier, recording, options)) events.push(event);
    events.sort(byStart);
    expect(recording.digits).toHaveLength(30);
    expect(events.map(({ label }) => label)).toEqual(recording.digits.map(({ label }) => label));
    recording.digits.forEach((digit, place) => {
      const { start, end } = events[place]!;
      const difference = Math.abs((start + end) / 2 - (digit.start + digit.end) / 2);
      expect(difference, `${digit.label} at ${digit.start}`).toBeLessThan(timeTolerance);
      expect(start).toBeLessThan(digit.start + timeTolerance);
      expect(end).toBeGreaterThan(digit.end - timeTolerance);
    });
  });

  test('has the digits of its very ends found too', async () => {
    const { digits, samples, sampleRate } = recording;
    const [first, second] = digits as [(typeof digits)[0], (typeof digits)[0]];
    const start = first.start - 0.05;
    const part = { start, duration: second.end + 0.05 - start };
    const events: SoundEvent[] = [];
    const options = { ...part, hop: 0.2, threshold: { on: 0.8 }, ignore: ['unknown', 'silence'] };
    for await (const event of hearEvents(classifier, { samples, sampleRate }, options)) events.push(event);
    expect(events.map(({ label }) => label)).toEqual([first.label, second.label]);
    [first, second].forEach((digit, place) => {
      const middle = (events[place]!.start + events[place]!.end) / 2;
      expect(Math.abs(middle - (digit.start + digit.end) / 2)).toBeLessThan(timeTolerance);
    });
  });
});
