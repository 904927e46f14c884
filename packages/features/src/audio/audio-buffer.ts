import type { AudioBufferLike } from './audio-stream.js';
import { cutFrames, type DecodedAudio } from './decoded-audio.js';

/** Frames that are interleaved at a time, so that a long buffer is not copied whole. */
const blockFrames = 16384;

export function isAudioBuffer(source: unknown): source is AudioBufferLike {
  return typeof source === 'object' && source !== null && 'getChannelData' in source;
}

/** A decoded AudioBuffer as a decoder's output. */
export function decodedBuffer(buffer: AudioBufferLike): DecodedAudio {
  const channels = buffer.numberOfChannels;
  const frames = channels === 0 ? 0 : buffer.getChannelData(0).length;

  async function* blocks(): AsyncGenerator<Float32Array> {
    const planes = Array.from({ length: channels }, (_, channel) => buffer.getChannelData(channel));
    for (let first = 0; first < frames; first += blockFrames) {
      const count = Math.min(blockFrames, frames - first);
      const block = new Float32Array(count * channels);
      planes.forEach((plane, channel) => {
        for (let frame = 0; frame < count; frame++) block[frame * channels + channel] = plane[first + frame]!;
      });
      yield block;
    }
  }
  return {
    sampleRate: buffer.sampleRate,
    channels,
    seconds: frames / buffer.sampleRate,
    blocks: (first, end) => cutFrames(blocks(), channels, first, end),
    async close() {},
  };
}
