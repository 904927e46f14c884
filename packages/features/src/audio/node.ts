// Sound files in Node. Same names as in browser.ts; the package's export condition chooses.

import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ByteSource } from '@audiozoo/core';
import { notWritable, temporaryFolder } from '@audiozoo/core/disk';
import type { Audio } from '../audio.js';
import { checkReadAudioOptions, type ReadAudioOptions } from '../audio-options.js';
import { type AudioSource, channelsOf } from '../audio-source.js';
import { type AudioStream, collect, streamDecoded } from './audio-stream.js';
import type { DecodedAudio } from './decoded-audio.js';
import { decodedChannels } from './decoded-channels.js';
import { openWithFfmpeg } from './ffmpeg.js';
import { checkDecoder, openSound, type PlatformDecoder } from './open-sound.js';
import { openSoundFile } from './sound-file.node.js';

export type { AudioOptions, ReadAudioOptions } from '../audio-options.js';
export type { AudioSource } from '../audio-source.js';
export type { AudioStream } from './audio-stream.js';
export type { DecodedAudio } from './decoded-audio.js';
export type { DecodingOptions, SoundDecoder } from './sound-decoder.js';

/** Bytes of an in-memory file that are piped at a time. */
const pieceBytes = 2 ** 18;

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
    const decoded = channels ? decodedChannels(channels) : await openSource(source, options);
    return await streamDecoded(decoded, options);
  } catch (error) {
    signal?.throwIfAborted(); // what a killed decoder says matters less
    throw error;
  }
}

async function openSource(source: unknown, options: ReadAudioOptions): Promise<DecodedAudio> {
  const bytes = await openSoundFile(source, options.signal);
  try {
    const decoded = await openSound(bytes, ffmpeg, options);
    return {
      ...decoded,
      async close() {
        await decoded.close();
        await bytes.close();
      },
    };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

const ffmpeg: PlatformDecoder = {
  name: 'ffmpeg',
  async open(bytes, format, options) {
    if (bytes.path !== undefined) return openWithFfmpeg(bytes, format, bytes.path, options);

    // Not through a pipe, which cannot be rewound: MPEG-4 often keeps its index at the end, and without
    // knowing where MP3 ends ffmpeg leaves the encoder's padding in.
    const folder = await temporaryFolder();
    const removeFolder = () => rm(folder, { recursive: true, force: true });
    try {
      const path = join(folder, 'sound');
      await pipeline(pieces(bytes), createWriteStream(path, { mode: 0o600 }), {
        signal: options.signal,
      }).catch(notWritable(folder));
      return await openWithFfmpeg(bytes, format, path, { ...options, onEnd: removeFolder });
    } catch (error) {
      await removeFolder();
      throw error;
    }
  },
};

async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; offset += pieceBytes) {
    yield await source.read(offset, Math.min(pieceBytes, source.size - offset));
  }
}
