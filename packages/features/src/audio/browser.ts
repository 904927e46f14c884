// Sound files in browsers. WAV is read exactly, as in Node; other formats go through decodeAudioData,
// which rescales integers (by 1/32767) and resamples to the rate of its context.

import { AudiozooError } from '@audiozoo/core';
import type { Audio } from '../audio.js';
import { checkReadAudioOptions, type ReadAudioOptions } from '../audio-options.js';
import { type AudioSource, channelsOf } from '../audio-source.js';
import { type AudioStream, collect, streamDecoded } from './audio-stream.js';
import { decodedChannels } from './decoded-channels.js';
import { notSound } from './format.js';
import { checkDecoder, openSound, type PlatformDecoder } from './open-sound.js';
import { openSoundFile } from './sound-file.browser.js';

export type { AudioOptions, ReadAudioOptions } from '../audio-options.js';
export type { AudioSource } from '../audio-source.js';
export type { AudioStream } from './audio-stream.js';
export type { DecodedAudio } from './decoded-audio.js';
export type { DecodingOptions, SoundDecoder } from './sound-decoder.js';

/** Compressed sound is decoded at this rate; most of it has this one or a lower one. */
const decodingRate = 48_000;

/**
 * Reads sound into memory: WAV directly, other formats by the `decoders` that are passed, or as the browser decodes
 * them (at 48 kHz unless `resampleTo` says otherwise). One channel, the first unless told otherwise.
 *
 * Throws `audio` errors when it is not sound, is damaged, empty, or holds NaN or infinity, `audio-too-long`
 * when it does not fit into memory, `argument` errors for options that do not fit the sound and for what is
 * no source of sound, a `file` error when it cannot be fetched, and the signal's reason when aborted.
 */
export async function readAudio(source: AudioSource, options: ReadAudioOptions = {}): Promise<Audio> {
  return collect(await openAudioStream(source, options));
}

/**
 * The same piece by piece. The pieces are, joined, exactly what `readAudio` returns. Memory is bounded for
 * WAV; browsers decode other formats whole.
 */
export async function openAudioStream(
  source: AudioSource,
  options: ReadAudioOptions = {},
): Promise<AudioStream> {
  checkReadAudioOptions(options);
  options.signal?.throwIfAborted();
  checkDecoder(browser, options);
  const channels = channelsOf(source, options);
  const decoded = channels
    ? decodedChannels(channels)
    : await openSound(await openSoundFile(source, options.signal), browser, options);
  return streamDecoded(decoded, options);
}

const browser: PlatformDecoder = {
  name: 'browser',
  async open(source, { name }) {
    const bytes = await source.read(0, source.size);
    try {
      const context = new OfflineAudioContext(1, 1, decodingRate);
      // decodeAudioData takes the buffer away, so it gets a copy.
      return decodedChannels(channelsOf(await context.decodeAudioData(bytes.slice().buffer))!);
    } catch (cause) {
      if (name === undefined) throw notSound(source);
      throw new AudiozooError({
        code: 'audio',
        what: `${source.name} cannot be decoded as ${name} sound by this browser`,
        got: String(cause),
        hint: 'Pass `decoders` from @audiozoo/codecs that know it, or convert it to WAV, which every browser reads here.',
        cause,
      });
    }
  },
};
