import type { Channels } from '../audio-source.js';
import { cutFrames, type DecodedAudio } from './decoded-audio.js';

/** Frames that are interleaved at a time, so that long sound is not copied whole. */
const blockFrames = 16384;

/** Sound in memory as a decoder's output. */
export function decodedChannels({ channels: planes, sampleRate }: Channels): DecodedAudio {
  const channels = planes.length;
  const frames = planes[0]?.length ?? 0;

  async function* blocks(): AsyncGenerator<Float32Array> {
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
    sampleRate,
    channels,
    seconds: frames / sampleRate,
    blocks: (first, end) => cutFrames(blocks(), channels, first, end),
    async close() {},
  };
}
