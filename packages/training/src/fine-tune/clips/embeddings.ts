// Embeddings of clips, worked out once and kept, piece by piece, where the training is.

import { readTensor, type Tensor, tensor } from '@audiozoo/core';
import { memoryEntry } from '@audiozoo/core/plugin';
import type { LocalClassifier } from '@audiozoo/tasks';
import type { Batch } from '../../trainer/trainer.js';
import { embeddingInput } from '../head-model.js';
import { settingsFingerprint } from '../kept/subject.js';
import type { TrainingFolder } from '../kept/training-folder.js';
import { type ClipBatches, targetOf } from './clip-batches.js';
import { readPiece, removePieces, writePiece } from './kept-piece.js';
import type { TrainingClip } from './training-clip.js';

/** Clips in a file: what an interruption loses, at most. */
const pieceClips = 64;

const fileOf = (set: string, piece: number) => `embeddings-${set}-${piece}.safetensors`;

export interface EmbedClipsOptions {
  readonly clips: readonly TrainingClip[];
  /** Values of an embedding. */
  readonly width: number;
  /** What they hang on beside the clips. Files of something else, or of other clips, are made anew. */
  readonly subject: string;
  /** Tells these clips from others of the folder: `training`, `validation`. */
  readonly set: string;
  readonly folder: TrainingFolder;
  /** Loaded when the first clip needs it. */
  classifier(): Promise<LocalClassifier>;
  readonly signal?: AbortSignal | undefined;
  readonly onClip?: ((done: number) => void) | undefined;
}

/** [clips, D] */
export async function embedClips(options: EmbedClipsOptions): Promise<Tensor<'float32'>> {
  const { clips, width, set, folder, signal, onClip } = options;
  const table = tensor('float32', [clips.length, width], new Float32Array(clips.length * width));
  for (let start = 0; start < clips.length; start += pieceClips) {
    signal?.throwIfAborted();
    const piece = clips.slice(start, start + pieceClips);
    const heard = piece.map(({ name, version }) => [name, version]);
    const subject = settingsFingerprint([options.subject, heard]);
    const name = fileOf(set, start / pieceClips);
    const kept = await readPiece(folder, { name, subject }, async ({ tensors }) => {
      const { data } = await readTensor(tensors.get('embeddings')!);
      return data instanceof Float32Array && data.length === piece.length * width ? data : undefined;
    });
    const values = kept ?? (await embedPiece(piece, start, options));
    table.data.set(values, start * width);
    if (!kept) {
      const embeddings = tensor('float32', [piece.length, width], values);
      await writePiece(folder, { name, subject }, [memoryEntry('embeddings', embeddings)]);
    }
    onClip?.(start + piece.length);
  }
  return table;
}

async function embedPiece(
  clips: readonly TrainingClip[],
  start: number,
  { width, classifier, signal, onClip }: EmbedClipsOptions,
): Promise<Float32Array> {
  const values = new Float32Array(clips.length * width);
  const { embed, frontEnd } = await classifier();
  const { sampleRate, maxSamples } = frontEnd;
  for (const [row, clip] of clips.entries()) {
    const samples = await clip.sound(sampleRate, { maxSamples, signal });
    const heard = { samples: samples.subarray(0, maxSamples), sampleRate };
    values.set(await embed(heard, { signal }), row * width);
    onClip?.(start + row + 1);
  }
  return values;
}

/** All that are kept of a set. */
export function removeEmbeddings(folder: TrainingFolder, set: string): Promise<void> {
  return removePieces(folder, (piece) => fileOf(set, piece));
}

/** Batches of embeddings, which are the same in each epoch. */
export function embeddingBatches(
  embeddings: Tensor<'float32'>,
  clips: readonly TrainingClip[],
  labels: number,
): ClipBatches {
  const [, width] = embeddings.shape as [number, number];
  return {
    async batch(drawn): Promise<Batch> {
      const rows = tensor('float32', [drawn.length, width], new Float32Array(drawn.length * width));
      const targets = tensor('float32', [drawn.length, labels], new Float32Array(drawn.length * labels));
      drawn.forEach(({ clip }, row) => {
        rows.data.set(embeddings.data.subarray(clip * width, (clip + 1) * width), row * width);
        targets.data.set(targetOf(clips[clip]!, labels), row * labels);
      });
      return { inputs: { [embeddingInput]: rows }, targets };
    },
  };
}
