// Sound files in Node. Same names as in browser.ts; the package's export condition chooses.

import { closingOnError, sourceBlocks } from '@audiozoo/core/plugin';
import type { Audio } from '../audio.js';
import { checkReadAudioOptions, type ReadAudioOptions } from '../audio-options.js';
import { type AudioSource, channelsOf } from '../audio-source.js';
import { type AudioStream, collect, streamDecoded } from './audio-stream.js';
import type { DecodedAudio } from './decoded-audio.js';
import { decodedChannels } from './decoded-channels.js';
import { openWithFfmpeg } from './ffmpeg.js';
import { checkDecoder, openSound, type PlatformDecoder } from './open-sound.js';
import { tellingSilence } from './silent-channel.js';
import { openSoundFile } from './sound-file.node.js';
import { spooledFile } from './spooled-file.js';

export type { AudioOptions, ReadAudioOptions } from '../audio-options.js';
export type { AudioSource } from '../audio-source.js';
export type { AudioStream } from './audio-stream.js';
export type { DecodedAudio } from './decoded-audio.js';
export type { DecodingOptions, SoundDecoder } from './sound-decoder.js';

/**
 * Reads sound into memory: WAV directly, other formats (MP3, FLAC, Ogg, MPEG-4, …) by the `decoders` that are passed,
 * or through ffmpeg when it is installed. One channel, the first unless told otherwise.
 *
 * Throws a `file` error when the file is not there, `audio` errors when it is not sound, is damaged, empty,
 * or holds NaN or infinity, `audio-too-long` when it does not fit into memory, `argument` errors for options
 * that do not fit the sound, and the signal's reason when aborted.
 */
export async function readAudio(source: AudioSource, options: ReadAudioOptions = {}): Promise<Audio> {
  return collect(await openAudioStream(source, options));
}

/** The same piece by piece, in bounded memory. The pieces are, joined, exactly what `readAudio` returns. */
export async function openAudioStream(
  source: AudioSource,
  options: ReadAudioOptions = {},
): Promise<AudioStream> {
  checkReadAudioOptions(options);
  const { signal } = options;
  signal?.throwIfAborted();
  checkDecoder(ffmpeg, options);
  try {
    const channels = channelsOf(source, options);
    const decoded = channels
      ? tellingSilence(decodedChannels(channels), options, 'the sound')
      : await openSource(source, options);
    return await streamDecoded(decoded, options);
  } catch (error) {
    signal?.throwIfAborted(); // what a killed decoder says matters less
    throw error;
  }
}

async function openSource(source: unknown, options: ReadAudioOptions): Promise<DecodedAudio> {
  const bytes = await openSoundFile(source, options.signal);
  return closingOnError(
    () => bytes.close(),
    async () => {
      const decoded = await openSound(bytes, ffmpeg, options);
      return {
        ...tellingSilence(decoded, options, bytes.name),
        async close() {
          await decoded.close();
          await bytes.close();
        },
      };
    },
  );
}

const ffmpeg: PlatformDecoder = {
  name: 'ffmpeg',
  async open(bytes, format, options) {
    if (bytes.path !== undefined) return openWithFfmpeg(bytes, format, bytes.path, options);

    // Not through a pipe, which cannot be rewound: MPEG-4 often keeps its index at the end, and without
    // knowing where MP3 ends ffmpeg leaves the encoder's padding in.
    const chunks = sourceBlocks(bytes, 0, bytes.size, options.signal);
    const { path, close } = await spooledFile({ name: bytes.name, chunks });
    return closingOnError(close, () => openWithFfmpeg(bytes, format, path!, { ...options, onEnd: close }));
  },
};
