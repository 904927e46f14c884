// An upload becomes samples. Their number is bounded too: compressed, a day of silence is a small file.

import { tmpdir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { codecs } from '@audiozoo/codecs';
import { AudiozooError, errorDescription } from '@audiozoo/core';
import type { Audio } from '@audiozoo/features';
import { openAudioStream, type ReadAudioOptions } from '@audiozoo/features/audio';

/** Bytes in memory are decoded without a wait in between: some milliseconds, then others have their turn. */
const piecesAtOnce = 32;

/**
 * Decodes an upload, at most `maxSeconds` of it. Throws an `audio-too-long` error when it holds more, and those of
 * `openAudioStream` without their paths.
 */
export async function readSound(
  upload: Uint8Array | string,
  maxSeconds: number,
  options: ReadAudioOptions & { readonly sampleRate: number },
): Promise<Audio> {
  try {
    const { sampleRate } = options;
    const pieces: Float32Array[] = [];
    let length = 0;
    for await (const piece of await openAudioStream(upload, { ...options, decoders: codecs })) {
      pieces.push(piece);
      length += piece.length;
      if (length > maxSeconds * sampleRate) throw tooLong(maxSeconds);
      if (pieces.length % piecesAtOnce === 0) await setImmediate();
    }
    const samples = new Float32Array(length);
    let offset = 0;
    for (const piece of pieces) {
      samples.set(piece, offset);
      offset += piece.length;
    }
    return { samples, sampleRate };
  } catch (error) {
    throw AudiozooError.isInstance(error) ? withoutPaths(error) : error;
  }
}

function tooLong(maxSeconds: number): AudiozooError {
  return new AudiozooError({
    code: 'audio-too-long',
    what: 'there is more sound than is heard in one request',
    expected: `at most ${maxSeconds} seconds`,
    mend: 'Choose a part with `start` and `duration`.',
  });
}

/** Where temporary files lie, these and the decoder's, is the server's business. */
function withoutPaths(error: AudiozooError): AudiozooError {
  const { code, what, expected, got, mend } = errorDescription(error, '');
  const hidden = (text: string) => {
    const words = text.split(' ').map((word) => (word.includes(tmpdir()) ? 'the file' : word));
    return words.join(' ');
  };
  return new AudiozooError({
    code,
    what: hidden(what),
    expected,
    got: got && hidden(got),
    mend,
    cause: error.cause,
  });
}
