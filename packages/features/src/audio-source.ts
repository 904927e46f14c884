// What a person may hand over as sound: one set for all that hears, in files and in memory.

import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import { checkRate } from './audio.js';
import type { AudioOptions } from './audio-options.js';
import { isSampleArray, type SampleArray, toAmplitudes } from './sample-array.js';

/** A browser's AudioBuffer, by the parts that are read. */
export interface AudioBufferLike {
  readonly sampleRate: number;
  readonly numberOfChannels: number;
  getChannelData(channel: number): Float32Array;
}

/** WebCodecs' AudioData, by the parts that are read. It stays the caller's to close. */
export interface AudioDataLike {
  readonly sampleRate: number;
  readonly numberOfChannels: number;
  readonly numberOfFrames: number;
  copyTo(destination: Float32Array, options: { planeIndex: number; format: 'f32-planar' }): void;
}

/** Samples in memory: of one channel, or a list of channels of one length, as `samples` or as `channels`. */
export type SampledSound = {
  /** Samples per second. */
  readonly sampleRate: number;
} & (
  | { readonly samples: SampleArray | Uint8Array | readonly (SampleArray | Uint8Array)[] }
  | { readonly channels: readonly (SampleArray | Uint8Array)[] }
);

/** Sound in memory. */
export type SoundInMemory = SampledSound | AudioBufferLike | AudioDataLike;

/**
 * A sound file: a path or `file:` URL (Node), an http(s) address (in browsers it may be relative to the page), a Blob
 * or File, the bytes of a file, or what they are read from: a Response, a stream or another async iterable of bytes.
 */
export type SoundFile =
  | string
  | URL
  | Blob
  | ArrayBufferLike
  | Uint8Array
  | Uint8ClampedArray
  | DataView
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/**
 * Where sound comes from: a file, sound in memory, or samples (or channels of them) by themselves, whose rate is then the
 * option `sampleRate`.
 */
export type AudioSource = SoundInMemory | SoundFile | SampleArray | readonly SampleArray[];

/** Channels as float32 amplitudes, one array each, all of one length. */
export interface Channels {
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

/** Real recordings have fewer; a count above is a mistake, or hostile. */
export const maxChannels = 256;

/**
 * The channels of sound in memory; undefined when it is none. float32 is not copied. Throws `argument` errors for
 * samples of no kind that has a scale and for channels that do not go together, an `audio` error for an absurd rate.
 */
export function channelsOf(given: unknown, { sampleRate: rate }: AudioOptions = {}): Channels | undefined {
  const source = rate === undefined ? given : soundAt(given, rate);
  if (typeof source !== 'object' || source === null) return undefined;
  if (isAudioBuffer(source)) return planesOf(source, (channel) => source.getChannelData(channel));
  if (isAudioData(source)) {
    return planesOf(source, (planeIndex) => {
      const plane = new Float32Array(source.numberOfFrames);
      source.copyTo(plane, { planeIndex, format: 'f32-planar' });
      return plane;
    });
  }
  const isStream = Symbol.asyncIterator in source; // which may say how many channels there are
  if (isStream || !('samples' in source || 'channels' in source)) return undefined;
  const { samples, channels, sampleRate } = source as Readonly<Record<string, unknown>>;
  if (samples !== undefined && channels !== undefined) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the sound has both `samples` and `channels`',
      expected: 'one of them',
    });
  }
  checkSampleRate(sampleRate);
  const several = channels ?? samples;
  const isSeveral = Array.isArray(several) && (channels !== undefined || typeof several[0] === 'object');
  if (channels !== undefined && !isSeveral) throw notSamples(channels, 'a list of channels');
  const planes = isSeveral ? several : [samples];
  if (planes.length === 0 || planes.length > maxChannels) {
    throw notSamples(several, `1 to ${maxChannels} channels`);
  }
  return checkLengths(planes.map(toAmplitudes), sampleRate);
}

/** Samples that came by themselves, at the rate that was said beside them. Throws an `argument` error for other sound. */
function soundAt(samples: unknown, sampleRate: number): SampledSound {
  if (isSampleArray(samples)) return { samples, sampleRate };
  throw new AudiozooError({
    code: 'argument',
    what: 'the option `sampleRate` is for samples that come by themselves',
    option: 'sampleRate',
    expected: 'no `sampleRate`, since all other sound knows its own',
    got: `${sampleRate}`,
    hint: 'Leave it out: sound is resampled to what the model hears, or in `readAudio` to `resampleTo`.',
  });
}

function planesOf(
  { sampleRate, numberOfChannels }: AudioBufferLike | AudioDataLike,
  plane: (channel: number) => unknown,
): Channels {
  checkSampleRate(sampleRate);
  if (!(Number.isInteger(numberOfChannels) && numberOfChannels >= 0 && numberOfChannels <= maxChannels)) {
    throw notSamples(numberOfChannels, `1 to ${maxChannels} channels`);
  }
  const planes = Array.from({ length: numberOfChannels }, (_, channel) => toAmplitudes(plane(channel)));
  return checkLengths(planes, sampleRate);
}

function checkLengths(channels: readonly Float32Array[], sampleRate: number): Channels {
  const lengths = new Set(channels.map(({ length }) => length));
  if (lengths.size <= 1) return { channels, sampleRate };
  throw notSamples([...lengths].join(' and '), 'channels of one length');
}

function checkSampleRate(sampleRate: unknown): asserts sampleRate is number {
  if (sampleRate !== undefined) return checkRate(sampleRate as number);
  throw new AudiozooError({
    code: 'argument',
    what: 'samples say nothing without their rate',
    expected: '`sampleRate`, in hertz, beside them',
    got: 'none',
  });
}

function isAudioBuffer(source: object): source is AudioBufferLike {
  return 'getChannelData' in source && typeof source.getChannelData === 'function';
}

function isAudioData(source: object): source is AudioDataLike {
  return 'copyTo' in source && typeof source.copyTo === 'function' && 'numberOfFrames' in source;
}

function notSamples(got: unknown, expected: string): AudiozooError {
  const words = typeof got === 'string' || typeof got === 'number' ? `${got}` : describeValue(got);
  return new AudiozooError({ code: 'argument', what: 'these channels are no sound', expected, got: words });
}

/** What is understood as sound, for messages. */
const understood =
  'a path or address, a Blob, the bytes of a file (an ArrayBuffer or Uint8Array), a Response, a stream of bytes, ' +
  '{ samples, sampleRate }, { channels, sampleRate } or an AudioBuffer';

/** The `argument` error about what is no sound: it lists what is, and guesses what was meant. */
export function notUnderstood(source: unknown): AudiozooError {
  const hint = hintFor(source);
  return new AudiozooError({
    code: 'argument',
    what: 'this is not where sound can come from',
    expected: understood,
    got: describeValue(source),
    ...(hint !== undefined && { hint }),
  });
}

function hintFor(source: unknown): string | undefined {
  if (Array.isArray(source) || (ArrayBuffer.isView(source) && !(source instanceof DataView))) {
    return 'Pass `{ samples, sampleRate }`: samples say nothing without their rate.';
  }
  if (typeof source !== 'object' || source === null) return undefined;
  if ('then' in source) return 'Await it first.';
  if ('dtype' in source && 'shape' in source) {
    return 'Features that are ready go to `classifyInputs`, under the names of the model’s inputs.';
  }
  if ('getAudioTracks' in source) return 'Use `listen` for a microphone.';
  if (Symbol.asyncIterator in source && 'sampleRate' in source) {
    return 'Sound that comes in pieces goes to `listen`, `classifyWindows` or `hearEvents`.';
  }
  if ('sampling_rate' in source) return 'Pass `{ samples, sampleRate }`.';
  return undefined;
}
