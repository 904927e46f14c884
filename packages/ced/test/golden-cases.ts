// What the authors' code (in float64) makes of checkpoints and sounds. Some cases are in the repository; a folder with more,
// laid out alike, can be named in AUDIOZOO_CED_REFERENCE.

import { join } from 'node:path';
import { ced } from '@audiozoo/ced';
import type { Audio } from '@audiozoo/features';
import { withConvertedFolder } from '../../../testing/converted-folder.js';
import { type GoldenSound, goldenFiles } from '../../../testing/golden-files.js';

interface GoldenInput {
  readonly name: string;
  readonly audio: GoldenSound;
  readonly tolerance: number;
}

interface GoldenCase {
  readonly name: string;
  /** The authors' file, a folder of transformers', or both. */
  readonly checkpoint?: string;
  readonly huggingFace?: string;
  readonly config: { readonly numHeads: number };
  readonly inputs: readonly GoldenInput[];
  readonly logits: string;
  readonly embedding: string;
  readonly batch?: { readonly audio: readonly string[]; readonly logits: string };
  readonly intermediates?: Readonly<Record<'patches' | 'block0' | 'blocks' | 'norm', string>>;
}

const reference = process.env.AUDIOZOO_CED_REFERENCE ?? join(import.meta.dirname, 'fixtures/ced');

export const {
  listed: { cases },
  path: referencePath,
  golden,
  samplesOf,
} = await goldenFiles<{ readonly cases: readonly GoldenCase[] }>(reference);

export async function soundOf(sound: GoldenSound): Promise<Audio> {
  return { samples: await samplesOf(sound, 16_000), sampleRate: 16_000 };
}

/** A folder with the case's model, for as long as `use` takes. */
export async function withModel<T>(
  { checkpoint, huggingFace, config }: GoldenCase,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  if (checkpoint === undefined) return use(referencePath(huggingFace!));
  const converting = { models: [ced], settings: { heads: config.numHeads } };
  return withConvertedFolder(referencePath(checkpoint), converting, use);
}
