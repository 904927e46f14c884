// A sound file, read as far as it takes to know whether the model hears it in one window or over time.

import { concatenate } from '@audiozoo/core/plugin';
import type { AudioClassifier, AudioPieces } from '@audiozoo/tasks';

export type Sound =
  | { readonly kind: 'clip'; readonly samples: Float32Array }
  | { readonly kind: 'long'; readonly stream: AudioPieces };

/** Opens a file at the model's rate. Throws `audio` errors when it is no sound. */
export async function openSound(
  file: File,
  { sampleRate, maxSamples }: AudioClassifier['frontEnd'],
  signal: AbortSignal,
  onNote: (note: string) => void,
): Promise<Sound> {
  // Decoders come with the first file, and each codec's with the first that needs it; those who only speak never
  // fetch them. Only AAC is left to the browser.
  const [{ openAudioStream }, { codecs }] = await Promise.all([
    import('@audiozoo/features/audio'),
    import('@audiozoo/codecs'),
  ]);
  const stream = await openAudioStream(file, { resampleTo: sampleRate, decoders: codecs, onNote, signal });
  const iterator = stream[Symbol.asyncIterator]();
  const blocks: Float32Array[] = [];
  let length = 0;
  while (length <= maxSamples) {
    const { value, done } = await iterator.next();
    if (done) return { kind: 'clip', samples: concatenate(Float32Array, blocks) };
    blocks.push(value);
    length += value.length;
  }
  async function* whole(): AsyncGenerator<Float32Array> {
    yield* blocks.splice(0);
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { kind: 'long', stream: Object.assign(whole(), { sampleRate }) };
}
