// What the authors' code (in float64) makes of checkpoints and sounds. Some cases are in the repository; a folder with more,
// laid out alike, can be named in AUDIOZOO_EFFICIENTAT_REFERENCE.

import { join } from 'node:path';
import { efficientat } from '@audiozoo/efficientat';
import type { Audio } from '@audiozoo/features';
import { withConvertedFolder } from '../../../testing/converted-folder.js';
import { type GoldenSound, goldenFiles } from '../../../testing/golden-files.js';

interface GoldenInput {
  readonly name: string;
  readonly audio: GoldenSound;
  readonly tolerance: number;
  /** Silence behind it up to so many samples. */
  readonly paddedTo?: number;
  readonly frameLogits?: string;
  readonly weakLogits?: string;
  readonly embedding?: string;
}

export interface GoldenCase {
  readonly name: string;
  readonly checkpoint: string;
  readonly options?: {
    readonly hopLength?: number;
    readonly melBins?: number;
    readonly strides?: readonly number[];
  };
  readonly inputs: readonly GoldenInput[];
  readonly logits?: string;
  readonly embedding?: string;
  readonly intermediates?: Readonly<Record<string, string>>;
}

interface GoldenFeatures {
  readonly audio: string;
  readonly sampleRate: number;
  readonly hopLength?: number;
  readonly melBins?: number;
  readonly normalised: string;
}

const reference =
  process.env.AUDIOZOO_EFFICIENTAT_REFERENCE ?? join(import.meta.dirname, 'fixtures/efficientat');

export const {
  listed: { cases, variantFeatures, frameFeatures },
  path,
  golden,
  samplesOf,
} = await goldenFiles<{
  readonly cases: readonly GoldenCase[];
  readonly variantFeatures: readonly GoldenFeatures[];
  readonly frameFeatures: readonly GoldenFeatures[];
}>(reference);

/** The sound of an input, padded. */
export async function soundOf(
  { audio, paddedTo = 0 }: Pick<GoldenInput, 'audio' | 'paddedTo'>,
  sampleRate: number,
): Promise<Audio> {
  const samples = await samplesOf(audio, sampleRate);
  const padded = new Float32Array(Math.max(samples.length, paddedTo));
  padded.set(samples);
  return { samples: padded, sampleRate };
}

/** A folder with the case's model, for as long as `use` takes. */
export async function withModel<T>(
  { checkpoint, options = {} }: Pick<GoldenCase, 'checkpoint' | 'options'>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const { strides, ...sizes } = options;
  const settings = { ...sizes, ...(strides && { strides: strides.join(',') }) };
  return withConvertedFolder(path(checkpoint), { models: [efficientat], settings }, use);
}
