// What transformers (in float64) makes of two small CLAPs with random weights. The fused one and its sounds are in the
// repository; a folder with more, laid out alike, can be named in AUDIOZOO_CLAP_REFERENCE.

import { join } from 'node:path';
import { type GoldenSound, goldenFiles } from '../../../testing/golden-files.js';

export interface GoldenCase {
  readonly name: string;
  readonly directory: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly audio: GoldenSound;
    readonly isLonger?: boolean;
    readonly cropOffsetSamples?: number;
    readonly cropOffsetFrames?: { readonly front: number; readonly middle: number; readonly back: number };
  }[];
  readonly texts: readonly string[];
  readonly audioEmbeds: string;
  readonly audioPooled: string;
  readonly textEmbeds: string;
  readonly textPooled: string;
  readonly zeroShot: {
    readonly template: string;
    readonly labels: readonly string[];
    readonly logits: string;
    readonly probabilities: string;
  };
}

interface GoldenTokens {
  readonly text: string;
  readonly repeated?: number;
  readonly inputIds?: readonly number[];
  readonly truncatedTo512?: readonly number[];
}

const reference = process.env.AUDIOZOO_CLAP_REFERENCE ?? join(import.meta.dirname, 'fixtures/clap');

export const {
  listed: { cases, tokens },
  path: referencePath,
  golden,
  samplesOf,
} = await goldenFiles<{
  readonly cases: readonly GoldenCase[];
  readonly tokens: Readonly<Record<string, readonly GoldenTokens[]>>;
}>(reference);

export const soundOf = (sound: GoldenSound) => samplesOf(sound, 48_000);
