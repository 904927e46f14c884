// What a model makes of sound of any length, a window at a time.

import { checkMethod, checkOptions } from '@audiozoo/core/plugin';
import type { AudioOptions, AudioPieces, AudioSource } from '@audiozoo/features';
import type { AudioClassifier } from '../classify/classifier.js';
import { openWindows } from '../sound/open-windows.js';
import { type EmbeddedWindow, type EmbedWindowOptions, embedWindowOptionKinds } from './embed-options.js';

type EmbedClip = (audio: AudioSource, options: AudioOptions) => Promise<Float32Array>;

/** Embeddings whose lengths differ less from 1 have length 1. */
const roundingOfLength = 1e-3;

/**
 * Embeds sound of any length window by window, as it is read: files are decoded in a stream, and memory stays flat
 * however long they are.
 *
 *     for await (const { start, end, embedding } of embedWindows(classifier, 'street.wav', { hop: 5 })) …
 *
 * Windows are those of `classifyWindows`, and it throws as that does.
 */
export async function* embedWindows(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'decoders'> & { readonly embed: EmbedClip },
  sound: AudioSource | AudioPieces,
  options: EmbedWindowOptions = {},
): AsyncGenerator<EmbeddedWindow, void, undefined> {
  checkOptions('embedWindows', options, embedWindowOptionKinds);
  checkMethod('the classifier', classifier, 'embed', 'what `loadClassifier` gives');
  const { onProgress, ...windowOptions } = options;
  const { start: begin = 0, signal, kernel } = windowOptions;
  const { frontEnd, embed } = classifier;
  const decoders = windowOptions.decoders ?? classifier.decoders;
  const { seconds, windows } = await openWindows(frontEnd, sound, { ...windowOptions, decoders });
  for await (const { samples, ...times } of windows) {
    signal?.throwIfAborted();
    yield {
      ...times,
      embedding: await embed({ samples, sampleRate: frontEnd.sampleRate }, { kernel, signal }),
    };
    onProgress?.({ done: times.end - begin, total: seconds, unit: 'seconds' });
  }
}

/** One embedding of all windows, each counting for as long as it lasts; of length 1 where theirs are. There is a window. */
export async function meanEmbedding(windows: AsyncIterable<EmbeddedWindow>): Promise<Float32Array> {
  let mean: Float64Array | undefined;
  let seconds = 0;
  let areUnits = true;
  for await (const { start, end, embedding } of windows) {
    mean ??= new Float64Array(embedding.length);
    seconds += end - start;
    const share = (end - start) / seconds;
    mean.forEach((value, index) => void (mean![index] = value + share * (embedding[index]! - value)));
    areUnits &&= Math.abs(lengthOf(embedding) - 1) < roundingOfLength;
  }
  const length = lengthOf(mean!);
  return Float32Array.from(mean!, (value) => (areUnits && length > 0 ? value / length : value));
}

function lengthOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
