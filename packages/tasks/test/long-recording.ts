// A long recording of digits whose times are known: clips of three voices in a row, with silence and noise of
// changing lengths between them.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readAudio } from '@audiozoo/features/audio';

export interface SpokenDigit {
  readonly label: string;
  /** Seconds where it is to be heard. */
  readonly start: number;
  readonly end: number;
}

export interface LongRecording {
  readonly samples: Float32Array;
  readonly sampleRate: number;
  readonly digits: readonly SpokenDigit[];
}

const sampleRate = 16000;
const clips = join(import.meta.dirname, 'fixtures/digits');
/** Of a clip's loudest 10 ms; what is more quiet at its ends is not yet, or no longer, the digit. */
const quiet = 0.03;

/** Assembles `rounds` times all clips of these voices: about 25 seconds a voice and round. */
export async function assembleRecording(
  voices: readonly string[] = ['en-us-f2', 'en-gb-m7', 'en-gb-scotland-m1'],
  rounds = 1,
): Promise<LongRecording> {
  const random = generator(7);
  const parts: Float32Array[] = [];
  const digits: SpokenDigit[] = [];
  let length = 0;
  const add = (part: Float32Array) => {
    parts.push(part);
    length += part.length;
  };
  const names = (await readdir(clips)).filter((name) => voices.some((voice) => name.includes(voice)));
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names, random)) {
      const gap = Math.round((1 + 1.5 * random()) * sampleRate);
      const loudness = random() < 0.5 ? 0 : 1e-4 + 2e-3 * random();
      add(Float32Array.from({ length: gap }, () => loudness * (2 * random() - 1)));
      const { samples } = await readAudio(join(clips, name), { resampleTo: sampleRate });
      const [first, end] = sounding(samples);
      digits.push({
        label: name.split('_')[1]!,
        start: (length + first) / sampleRate,
        end: (length + end) / sampleRate,
      });
      add(samples);
    }
  }
  const whole = new Float32Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return { samples: whole, sampleRate, digits };
}

/** The samples between which a clip sounds. */
function sounding(samples: Float32Array): [first: number, end: number] {
  const step = sampleRate / 100;
  const loudness = Array.from({ length: Math.floor(samples.length / step) }, (_, place) =>
    samples
      .subarray(place * step, (place + 1) * step)
      .reduce((most, sample) => Math.max(most, Math.abs(sample)), 0),
  );
  const least = quiet * Math.max(...loudness);
  return [
    loudness.findIndex((value) => value >= least) * step,
    (loudness.findLastIndex((value) => value >= least) + 1) * step,
  ];
}

function shuffled<T>(things: readonly T[], random: () => number): T[] {
  return things
    .map((thing) => ({ thing, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ thing }) => thing);
}

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
