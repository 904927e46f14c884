// `-` as a file: sound from a pipe.

import { addAbortSignal } from 'node:stream';
import { AudiozooError } from '@audiozoo/core';

/** An hour and a half of 16-bit stereo at 48 kHz. Longer sound belongs in a file, which is read by range. */
const maxBytes = 2 ** 30;

/** What to read for a file name: standard input for `-`, else the name. */
export async function openAudio(file: string, signal: AbortSignal): Promise<string | Blob> {
  if (file !== '-') return file;
  const parts: Buffer<ArrayBuffer>[] = [];
  let size = 0;
  for await (const part of addAbortSignal(signal, process.stdin)) {
    parts.push(part);
    size += part.length;
    if (size > maxBytes) {
      throw new AudiozooError({
        code: 'audio',
        what: 'the sound on standard input is too large',
        expected: `at most ${maxBytes} bytes`,
        hint: 'Write it to a file and name that.',
      });
    }
  }
  return new File(parts, 'standard input');
}
