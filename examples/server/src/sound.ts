// An upload becomes samples. Their number is bounded too: compressed, a day of silence is a small file.

import { tmpdir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { codecs } from '@audiozoo/codecs';
import { AudiozooError, errorDescription } from '@audiozoo/core';
import { concatenate } from '@audiozoo/core/plugin';
import type { Audio } from '@audiozoo/features';
import { openAudioStream, type ReadAudioOptions } from '@audiozoo/features/audio';

/** Bytes in memory are decoded without a wait in between: some milliseconds, then others have their turn. */
const piecesAtOnce = 32;

export interface ReadSoundOptions extends ReadAudioOptions {
  readonly resampleTo: number;
  readonly signal: AbortSignal;
  /** Seconds of sound, at most. */
  readonly maxSeconds: number;
  /** Seconds in which more of it must come: 6 when absent. */
  readonly stallSeconds?: number | undefined;
  /** Gets what is still under way when nothing came for so long. It was told to stop, and may not hear that. */
  readonly onStall?: ((reading: Promise<unknown>) => void) | undefined;
}

/**
 * Decodes an upload. Throws an `audio-too-long` error when it holds more than may be, an `audio` error when nothing
 * comes of it, and those of `openAudioStream` without their paths.
 */
export async function readSound(
  upload: Uint8Array | string,
  { maxSeconds, stallSeconds = 6, onStall, ...options }: ReadSoundOptions,
): Promise<Audio> {
  const { signal } = options;
  signal.throwIfAborted();
  const stop = new AbortController();
  const leave = () => stop.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  let timer: NodeJS.Timeout | undefined;
  const stall = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = stalled(stallSeconds);
      stop.abort(error);
      onStall?.(reading);
      reject(error);
    }, stallSeconds * 1000);
  });
  const reading = read(upload, maxSeconds, { ...options, signal: stop.signal }, () => timer!.refresh());
  try {
    return await Promise.race([reading, stall]);
  } finally {
    signal.removeEventListener('abort', leave);
    clearTimeout(timer);
  }
}

async function read(
  upload: Uint8Array | string,
  maxSeconds: number,
  options: ReadAudioOptions & { readonly resampleTo: number },
  onProgress: () => void,
): Promise<Audio> {
  try {
    const { resampleTo: sampleRate } = options;
    const pieces: Float32Array[] = [];
    let length = 0;
    for await (const piece of await openAudioStream(upload, { ...options, decoders: codecs })) {
      onProgress();
      pieces.push(piece);
      length += piece.length;
      if (length > maxSeconds * sampleRate) throw tooLong(maxSeconds);
      if (pieces.length % piecesAtOnce === 0) await setImmediate();
    }
    return { samples: concatenate(Float32Array, pieces), sampleRate };
  } catch (error) {
    throw AudiozooError.isInstance(error) ? withoutPaths(error) : error;
  }
}

function stalled(seconds: number): AudiozooError {
  return new AudiozooError({
    code: 'audio',
    what: 'the sound takes too long to decode',
    expected: `some of it every ${seconds} seconds`,
    hint: 'The file may be damaged: export it again, as WAV or FLAC.',
  });
}

function tooLong(maxSeconds: number): AudiozooError {
  return new AudiozooError({
    code: 'audio-too-long',
    what: 'there is more sound than is heard in one request',
    expected: `at most ${maxSeconds} seconds`,
    option: ['start', 'duration'],
    details: { maxSeconds },
    hint: 'Choose a part with `start` and `duration`.',
  });
}

/** Where temporary files lie, these and the decoder's, is the server's business. */
function withoutPaths(error: AudiozooError): AudiozooError {
  const { what, got, ...others } = errorDescription(error, '');
  const hidden = (text: string) => {
    const words = text.split(' ').map((word) => (word.includes(tmpdir()) ? 'the file' : word));
    return words.join(' ');
  };
  return new AudiozooError({
    ...others,
    what: hidden(what),
    got: got && hidden(got),
    cause: error.cause,
  });
}
