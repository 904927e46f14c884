// What the readers of files have in common: sound that comes in order, of which a part is heard; pauses in which other
// work and the signal are heard; and what to say when some of it was damaged.

import { AudiozooError, type ByteSource } from '@audiozoo/core';
import { createBudget } from '@audiozoo/core/plugin';
import type { DecodedAudio, DecodingOptions, SoundDecoder } from '@audiozoo/features/audio';
import { type ByteReader, createByteReader } from './byte-reader.js';
import { skipId3 } from './id3.js';
import type { Listener } from './listener.js';

export interface Sound {
  readonly sampleRate: number;
  readonly channels: number;
  /** How long it is, where the file says so. */
  readonly seconds?: number | undefined;
  /** Samples of all channels in turn, from the first on. */
  decode(listener: Listener): AsyncGenerator<Float32Array>;
}

/** Steps in vain: about a second's. */
const mostWaste = 100_000_000;
/** Frames that are given at once. */
const blockFrames = 16_384;

/** A way for sound to lie in a file. */
export interface Container {
  /** As `SoundDecoder.formats` has it. */
  readonly format: string;
  /** Whether a file that begins so is of this kind. A tag (ID3) in front is left out. */
  recognizes(head: Uint8Array): boolean;
  /** Undefined when it holds another codec's sound. `reader` is where `head` was. */
  open(source: ByteSource, reader: ByteReader, listener: Listener): Promise<Sound | undefined>;
}

const headBytes = 16;

/** A plug-in for the sound of one codec, which lies in any of `containers`. */
export function soundDecoder(name: string, containers: readonly Container[]): SoundDecoder {
  return {
    name,
    formats: containers.map(({ format }) => format),
    async open(source, options) {
      options.signal?.throwIfAborted();
      const { rest, spend } = createBudget({ name: source.name, code: 'audio', signal: options.signal });
      // What is wrong will be met again by whoever decodes.
      const listener: Listener = { rest, waste: spend, damaged() {}, endsEarly() {}, note() {} };
      const reader = createByteReader(source);
      await skipId3(reader, listener);
      const head = (await reader.peek(headBytes)).subarray(0, headBytes);
      const container = containers.find(({ recognizes }) => recognizes(head));
      const sound = await container?.open(source, reader, listener);
      return sound && decodedAudio(sound, source, options);
    },
  };
}

function decodedAudio(sound: Sound, source: ByteSource, options: DecodingOptions): DecodedAudio {
  const { sampleRate, channels, seconds } = sound;
  return {
    sampleRate,
    channels,
    seconds,
    blocks: (first, end) => part(sound, first, end, source.name, options),
    async close() {},
  };
}

/** Decodes from the beginning, whatever is heard of it, so that a part is exactly that part of the whole. */
async function* part(
  sound: Sound,
  first: number,
  end: number,
  name: string,
  { signal, onNote }: DecodingOptions,
): AsyncGenerator<Float32Array> {
  const { channels } = sound;
  const unlimited = { operations: Infinity, bytes: Infinity, seconds: Infinity };
  const pace = createBudget({ name, code: 'audio', signal, ...unlimited });
  const waste = createBudget({ name, code: 'audio', ...unlimited, operations: mostWaste });
  let damages = 0;
  let cut = false;
  let frame = 0;
  try {
    const listener: Listener = {
      rest: pace.rest,
      waste: waste.spend,
      damaged: () => void damages++,
      endsEarly: () => {
        cut = true;
      },
      note: (text) => onNote?.(`${name} ${text}.`),
    };
    for await (const block of sound.decode(listener)) {
      const frames = block.length / channels;
      const to = Math.min(frames, end - frame);
      for (let from = Math.max(0, first - frame); from < to; from += blockFrames) {
        yield block.subarray(from * channels, Math.min(to, from + blockFrames) * channels);
      }
      frame += frames;
      if (frame >= end) return;
    }
    if (frame === 0 && (damages > 0 || cut)) {
      const hint = 'Download or export it again.';
      throw new AudiozooError({
        code: 'audio',
        what: `${name} is damaged: nothing of it can be decoded`,
        hint,
      });
    }
  } finally {
    if (damages > 0 && frame > 0) onNote?.(`${name} is damaged: ${places(damages)} could not be decoded.`);
    if (cut && frame > 0) onNote?.(`${name} ends too early: what is there was decoded.`);
  }
}

/** Of a file that says nothing sensible of its sound. */
export function damagedFile({ name }: ByteSource, format: string, cause?: unknown): AudiozooError {
  const hint = 'Download or export it again.';
  return new AudiozooError({ code: 'audio', what: `${name} is a damaged ${format} file`, hint, cause });
}

/** Of a film without sound. */
export function noSound({ name }: ByteSource): AudiozooError {
  const hint = 'Choose a file with a sound track.';
  return new AudiozooError({ code: 'audio', what: `${name} has no sound track`, hint });
}

function places(count: number): string {
  return count === 1 ? 'one place' : `${count} places`;
}
