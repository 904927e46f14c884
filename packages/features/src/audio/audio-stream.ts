// From decoded blocks to samples of one channel at one rate. Reading a whole file is reading its stream to
// the end, so that the two cannot differ.

import { AudiozooError } from '@audiozoo/core';
import { concatenate, createBudget } from '@audiozoo/core/plugin';
import { type Audio, checkRate } from '../audio.js';
import type { ReadAudioOptions } from '../audio-options.js';
import type { AudioPieces } from '../audio-pieces.js';
import { maxChannels } from '../audio-source.js';
import { checkChannel, mixDown } from '../mono.js';
import { createResampler } from '../resampler.js';
import type { DecodedAudio } from './decoded-audio.js';

/** Sound that is decoded while it is read. Can be iterated once; breaking off closes it. */
export interface AudioStream extends AudioPieces {
  /** Channels in the file, of which one comes. */
  readonly channels: number;
  /** Frees the file or process behind it, and ends an iteration. Needed only when it is not iterated to its end. */
  close(): Promise<void>;
}

/** As much as `readAudio` takes into memory: 1 GiB, 4.6 hours at 16 kHz. */
const maxSamples = 2 ** 28;
/** As many samples as are made at a time where the rate rises: some milliseconds of work. */
const maxPieceSamples = 2 ** 17;

/** Makes a stream of a decoder, which it closes. Throws, and closes it, when the options do not fit. */
export async function streamDecoded(
  decoded: DecodedAudio,
  options: ReadAudioOptions = {},
): Promise<AudioStream> {
  try {
    const { channels, sampleRate: fileRate } = decoded;
    const { channel = 0, kernel, start = 0, duration = Infinity, signal } = options;
    const { resampleTo: sampleRate = fileRate } = options;
    signal?.throwIfAborted();
    checkRate(fileRate);
    if (!(Number.isInteger(channels) && channels >= 1 && channels <= maxChannels)) {
      throw new AudiozooError({
        code: 'audio',
        what: 'the number of channels cannot be right',
        expected: `1 to ${maxChannels}`,
        got: `${channels}`,
      });
    }
    checkChannel(channel, channels);
    if (!(Number.isFinite(start) && start >= 0 && duration > 0)) {
      throw new AudiozooError({
        code: 'argument',
        what: 'the part to hear is not one',
        option: ['start', 'duration'],
        expected: 'a start of at least 0 seconds and a duration above 0',
        got: `start ${start}, duration ${duration}`,
      });
    }
    const resampler = createResampler(fileRate, sampleRate, { kernel });
    const first = Math.round(start * fileRate);
    const end = duration === Infinity ? Infinity : Math.round((start + duration) * fileRate);
    const samplesAtOnce = Math.max(1, Math.floor((maxPieceSamples * fileRate) / sampleRate));
    // A whole file may come without a wait in between: others, and the signal, have their turn all the same.
    const { rest } = createBudget({ name: 'the sound', code: 'audio', seconds: Infinity, signal });

    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= decoded.close();
      return closing;
    };

    async function* samples(): AsyncGenerator<Float32Array> {
      try {
        let heard = 0;
        for await (const block of decoded.blocks(first, end)) {
          const mono = mixDown(block, channels, channel);
          heard += mono.length;
          for (let from = 0; from < mono.length; from += samplesAtOnce) {
            await rest();
            if (closing) return;
            const output = resampler.push(
              mono.length <= samplesAtOnce ? mono : mono.subarray(from, from + samplesAtOnce),
            );
            if (output.length > 0) yield output;
          }
        }
        signal?.throwIfAborted();
        if (closing) return;
        if (heard === 0) throw nothingToHear(start);
        const last = resampler.finish();
        if (last.length > 0) yield last;
      } catch (error) {
        signal?.throwIfAborted(); // what a killed decoder says matters less
        if (!closing) throw error;
      } finally {
        await close();
      }
    }
    const iterator = samples();
    const seconds =
      decoded.seconds === undefined ? undefined : Math.max(0, Math.min(decoded.seconds - start, duration));
    return { sampleRate, channels, seconds, [Symbol.asyncIterator]: () => iterator, close };
  } catch (error) {
    await decoded.close();
    throw error;
  }
}

/** Reads a stream to its end. Throws an `audio-too-long` error when it does not fit into memory. */
export async function collect(stream: AudioStream): Promise<Audio> {
  if ((stream.seconds ?? 0) * stream.sampleRate > maxSamples) {
    await stream.close();
    throw tooLong();
  }
  const blocks: Float32Array[] = [];
  let length = 0;
  for await (const block of stream) {
    blocks.push(block);
    length += block.length;
    if (length > maxSamples) throw tooLong();
  }
  const [only] = blocks;
  if (blocks.length === 1 && only) return { samples: only, sampleRate: stream.sampleRate };
  return { samples: concatenate(Float32Array, blocks), sampleRate: stream.sampleRate };
}

function tooLong(): AudiozooError {
  return new AudiozooError({
    code: 'audio-too-long',
    what: 'the sound does not fit into memory',
    expected: `at most ${maxSamples} samples at once`,
    hint: 'Read a part with `start` and `duration`, or all of it piece by piece with `openAudioStream`.',
  });
}

function nothingToHear(start: number): AudiozooError {
  if (start === 0) {
    return new AudiozooError({ code: 'audio', what: 'the sound is empty', expected: 'samples', got: 'none' });
  }
  return new AudiozooError({
    code: 'argument',
    what: 'the part to hear lies behind the end of the sound',
    option: 'start',
    got: `a start at ${start} seconds`,
    hint: 'Choose an earlier `start`.',
  });
}
