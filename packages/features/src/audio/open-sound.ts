// From the bytes of a file to a decoder for them: the same choice in Node and in browsers, which differ in the decoder
// that the platform has.

import { AudiozooError, type ByteSource } from '@audiozoo/core';
import type { ReadAudioOptions } from '../audio-options.js';
import type { DecodedAudio } from './decoded-audio.js';
import { detectFormat, notSound, type SoundFormat } from './format.js';
import { type DecodingOptions, openWithDecoders } from './sound-decoder.js';
import { openWav } from './wav.js';

/** What decodes compressed sound where this runs, when nothing that was passed in does. */
export interface PlatformDecoder {
  readonly name: 'ffmpeg' | 'browser';
  /** Throws an `audio` error that says what would help when it cannot. */
  open(source: ByteSource, format: SoundFormat, options: DecodingOptions): Promise<DecodedAudio>;
}

/** Throws an `argument` error unless the options name a decoder that is there. */
export function checkDecoder(platform: PlatformDecoder, { decoder, decoders = [] }: ReadAudioOptions): void {
  if (decoder === undefined) return;
  const names = ['auto', platform.name, ...decoders.map(({ name }) => name)];
  if (names.includes(decoder)) return;
  const elsewhere = { ffmpeg: 'ffmpeg is for Node.', browser: 'The decoder `browser` is for pages.' }[
    decoder
  ];
  throw new AudiozooError({
    code: 'argument',
    what: 'there is no such decoder',
    option: 'decoder',
    expected: names.join(', '),
    got: JSON.stringify(decoder),
    hint: elsewhere ?? 'Pass it in `decoders`, or leave `decoder` out.',
  });
}

/** Begins to decode. Closing what it returns does not close `source`. */
export async function openSound(
  source: ByteSource,
  platform: PlatformDecoder,
  options: ReadAudioOptions,
): Promise<DecodedAudio> {
  const { decoders = [], decoder = 'auto', signal } = options;
  const format = await detectFormat(source);
  if (decoder === platform.name) return openByPlatform(source, format, platform, options);
  if (decoder !== 'auto') {
    const [chosen] = decoders.filter(({ name }) => name === decoder);
    const decoded = await openWithDecoders([chosen!], source, format, options);
    if (decoded) return decoded;
    throw notDecodedBy(decoder, chosen!.formats, source, format);
  }
  const wav = format.name === 'WAV' ? await openWav(source, format.start, options) : undefined;
  if (wav) return wav;
  let refusal: unknown;
  try {
    const decoded = await openWithDecoders(decoders, source, format, options);
    if (decoded) return decoded;
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'audio')) throw error;
    refusal = error; // another decoder may make something of it
  }
  try {
    return await openByPlatform(source, format, platform, options);
  } catch (error) {
    signal?.throwIfAborted();
    throw refusal ?? error;
  }
}

/** ffmpeg, and browsers that use it, take big-endian samples for little-endian ones: noise, which nobody would notice. */
async function openByPlatform(
  source: ByteSource,
  format: SoundFormat,
  platform: PlatformDecoder,
  options: DecodingOptions,
): Promise<DecodedAudio> {
  if (format.name === 'WAV' && String.fromCharCode(...(await source.read(format.start, 4))) === 'RIFX') {
    throw new AudiozooError({
      code: 'audio',
      what: `${source.name} is a big-endian WAV file, which ${platform.name} cannot be trusted with`,
      expected: 'plain samples in it, and no `decoder` asked for',
      hint: 'Leave `decoder` out, or convert it with `sox in.wav out.wav`.',
    });
  }
  return platform.open(source, format, options);
}

function notDecodedBy(
  decoder: string,
  formats: readonly string[],
  source: ByteSource,
  { name }: SoundFormat,
): AudiozooError {
  if (name === undefined) return notSound(source);
  return new AudiozooError({
    code: 'audio',
    what: `${source.name} holds ${name} sound that the decoder ${decoder} does not decode`,
    expected: formats.join(', '),
    hint: 'Leave `decoder` out to have whichever can.',
  });
}
