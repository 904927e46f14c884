// A decoder of compressed sound as a plug-in: passed in where sound is read, as models and backends are, because some
// carry code under other licenses and all have their weight.

import { AudiozooError, type ByteSource } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import type { DecodedAudio } from './decoded-audio.js';
import type { SoundFormat } from './format.js';

export interface SoundDecoder {
  /** What the option `decoder` calls it: `mpg123`. */
  readonly name: string;
  /** Formats that it opens, by the names of `detectFormat`: `MP3`, `Ogg`. */
  readonly formats: readonly string[];
  /**
   * Begins to decode, in bounded memory. Undefined when the file holds another codec than this one's. Throws an
   * `audio` error when it is damaged beyond use. Closing what it returns does not close `source`.
   */
  open(source: ByteSource, options: DecodingOptions): Promise<DecodedAudio | undefined>;
}

export interface DecodingOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with what a person should know of sound that came although something is wrong with its file. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Throws an `argument` error unless all of them are decoders. */
export function checkDecoders(decoders: readonly SoundDecoder[] = []): void {
  const wrong = [...decoders].findIndex(
    (decoder: Partial<SoundDecoder> | null | undefined) =>
      typeof decoder?.open !== 'function' || !Array.isArray(decoder.formats),
  );
  if (wrong === -1) return;
  throw new AudiozooError({
    code: 'argument',
    what: '`decoders` holds something else than a decoder',
    option: 'decoders',
    expected: 'objects with `name`, `formats` and `open`, such as @audiozoo/codecs makes',
    got: describeValue(decoders[wrong]),
    ...(typeof decoders[wrong] === 'function' && { hint: 'Call the function, and pass what it gives.' }),
  });
}

/** The sound of `source` by the first of `decoders` that can; undefined when none can. */
export async function openWithDecoders(
  decoders: readonly SoundDecoder[],
  source: ByteSource,
  { name }: SoundFormat,
  options: DecodingOptions,
): Promise<DecodedAudio | undefined> {
  for (const decoder of decoders) {
    if (name === undefined || !decoder.formats.includes(name)) continue;
    const decoded = await decoder.open(source, options);
    if (decoded) return decoded;
  }
  return undefined;
}
