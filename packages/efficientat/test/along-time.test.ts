// Events along time, whole, live, in a worker and of an ensemble, by a small frame_mn that was taught three sounds.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { convertCheckpoint, directorySink } from '@audiozoo/converters';
import { openFile } from '@audiozoo/core/files';
import { efficientat } from '@audiozoo/efficientat';
import {
  byStart,
  connectClassifier,
  ensemble,
  hearEvents,
  type LocalClassifier,
  listenEvents,
  loadClassifier,
  type ScoredWindow,
  type SoundEvent,
  serveClassifier,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { soundingRate as sampleRate, soundingEvents } from '../../../testing/sounding-events.js';

const secondsPerStep = 0.04;
/** Seconds that an onset or offset may be beside the sound's: the model was taught for a few minutes. */
const timeTolerance = 0.1;
/** Seconds that it may move where windows lie elsewhere. */
const shiftTolerance = secondsPerStep + 1e-9;

const there = [
  { label: 'beep', start: 1, end: 1.6 },
  { label: 'noise', start: 2, end: 3.2 },
  { label: 'sweep', start: 4.04, end: 5.5 },
  { label: 'beep', start: 7.2, end: 8 },
  { label: 'noise', start: 9.4, end: 11.2 },
  { label: 'beep', start: 10, end: 10.6 },
  { label: 'sweep', start: 13, end: 15.2 },
  { label: 'noise', start: 17, end: 17.32 },
] as const;
const samples = soundingEvents(19, there);
const options = { medianFilter: 5 };
const backend = onnxruntimeNode({ device: 'cpu' });

let folder: string;
let directory: string;
let classifier: LocalClassifier;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-along-time-'));
  directory = join(folder, 'sounds');
  const source = await openFile(join(import.meta.dirname, 'fixtures/sounds/frame_mn_sounds.pt'));
  const labels = ['beep', 'noise', 'sweep'].map((name) => ({ name }));
  const converting = { models: [efficientat], output: directorySink(directory), labels };
  await convertCheckpoint(source, converting).finally(() => source.close());
  classifier = await loadClassifier(directory, { models: [efficientat], backend });
});
afterAll(async () => {
  await classifier?.dispose();
  await rm(folder, { recursive: true });
});

type Hearing = Parameters<typeof hearEvents>[0];

async function eventsFrom(start = 0, of: Hearing = classifier): Promise<SoundEvent[]> {
  const events: SoundEvent[] = [];
  for await (const event of hearEvents(of, { samples, sampleRate }, { ...options, start }))
    events.push(event);
  return events.sort(byStart);
}

function expectSame(
  found: readonly Pick<SoundEvent, 'label' | 'start' | 'end'>[],
  expected: readonly Pick<SoundEvent, 'label' | 'start' | 'end'>[],
  tolerance: number,
): void {
  expect(found.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  for (const [place, { start, end }] of found.entries()) {
    expect(Math.abs(start - expected[place]!.start), `${place}`).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(end - expected[place]!.end), `${place}`).toBeLessThanOrEqual(tolerance);
  }
}

test('frame_mn finds what sounds, from when to when', async () => {
  expectSame(await eventsFrom(), there, timeTolerance);
});

test('a recording that begins later has the same events within a step', async () => {
  const whole = await eventsFrom();
  for (const steps of [3, 10, 22])
    expectSame(await eventsFrom(steps * secondsPerStep), whole, shiftTolerance);
});

test.each([{}, { hop: 0.24, window: 2.4 }])(
  'live sound has the same events within a step, with %j',
  async (live) => {
    const pieces = {
      sampleRate,
      async *[Symbol.asyncIterator]() {
        for (let first = 0; first < samples.length; first += 4000)
          yield samples.subarray(first, first + 4000);
      },
    };
    const told: SoundEvent[] = [];
    for await (const { events } of listenEvents(classifier, pieces, { ...options, ...live }))
      told.push(...events);
    expectSame(told.sort(byStart), await eventsFrom(), shiftTolerance);
  },
);

test('a worker tells the same, and so does an ensemble of both', async () => {
  const { port1, port2 } = new MessageChannel();
  serveClassifier({ models: [efficientat], backend }, port2);
  const remote = await connectClassifier(port1).load(directory);
  const stepsOf = async (of: Hearing) => {
    const steps: ScoredWindow[] = [];
    const sound = { samples: samples.subarray(0, 6 * sampleRate), sampleRate };
    for await (const _ of hearEvents(of, sound, {
      window: 4,
      batch: 2,
      onScores: (step) => steps.push(step),
    }));
    return steps;
  };
  const expected = await stepsOf(classifier);
  expect(expected).toHaveLength(150);
  expect(remote.alongTime!.secondsPerStep).toBe(secondsPerStep);
  expect(await stepsOf(remote)).toEqual(expected);
  const together = await stepsOf(ensemble([classifier, remote]));
  for (const [place, { scores }] of together.entries()) {
    scores.forEach((score, label) => void expect(score).toBeCloseTo(expected[place]!.scores[label]!, 6));
  }
  await remote.dispose();
  for (const port of [port1, port2]) port.close();
});
