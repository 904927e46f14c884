// Long recordings as clips: of an hour of one bird, every ten seconds.

import { AudiozooError } from '@audiozoo/core';
import { openAudioStream } from '@audiozoo/features/audio';
import type { AudioOptions } from '@audiozoo/tasks';
import type { ClipOnDisk, DataSetOnDisk } from './read-data-set.js';

export interface CutOptions {
  /** Of a window, above 0. */
  readonly seconds: number;
  /** How files are read. */
  readonly audio?: Pick<AudioOptions, 'decoders' | 'decoder' | 'onNote'> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Clips that are longer as windows of so many seconds, side by side, each with all labels and the fold of the whole. What is left at the
 * end is a clip too, unless it is shorter than half a window. Clips that cannot be read stay as they are: whoever hears them says why.
 */
export async function cutClips(
  data: DataSetOnDisk,
  { seconds, audio = {}, signal }: CutOptions,
): Promise<DataSetOnDisk> {
  if (!(seconds > 0 && seconds < Infinity)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'clips cannot be cut so',
      expected: 'a number of seconds above 0',
      got: `${seconds}`,
      option: 'seconds',
    });
  }
  const lengths = new Map<string, number | undefined>();
  const cut: ClipOnDisk[] = [];
  for (const clip of data.clips) {
    signal?.throwIfAborted();
    const { path } = clip;
    if (!lengths.has(path)) {
      const length = await lengthOf(path, { ...audio, signal }).catch(() => undefined);
      signal?.throwIfAborted();
      lengths.set(path, length);
    }
    cut.push(...windowsOf(clip, lengths.get(path), seconds));
  }
  return { ...data, clips: cut };
}

function windowsOf(clip: ClipOnDisk, length: number | undefined, seconds: number): readonly ClipOnDisk[] {
  if (length === undefined) return [clip];
  const { start = 0, end = length } = clip;
  const whole = Math.min(end, length) - start;
  if (!(whole > seconds)) return [clip];
  const full = Math.floor(whole / seconds);
  const count = full + (whole - full * seconds >= seconds / 2 ? 1 : 0);
  return Array.from({ length: count }, (_, window) => ({
    ...clip,
    start: start + window * seconds,
    end: Math.min(start + (window + 1) * seconds, start + whole),
  }));
}

/** Seconds of a file, which is read through where it does not say. */
async function lengthOf(path: string, options: AudioOptions): Promise<number> {
  const stream = await openAudioStream(path, options);
  try {
    if (stream.seconds !== undefined) return stream.seconds;
    let samples = 0;
    for await (const piece of stream) samples += piece.length;
    return samples / stream.sampleRate;
  } finally {
    await stream.close();
  }
}
