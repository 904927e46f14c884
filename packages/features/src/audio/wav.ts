// WAV files. mediabunny finds the samples (it is loaded when the first file comes); they become numbers
// here, because its own decoder goes through a DataView sample by sample.

import { AudiozooError, type ByteSource } from '@audiozoo/core';
import type { DecodedAudio } from './decoded-audio.js';
import { pcmCodecs } from './pcm.js';

/** Bytes that mediabunny may keep of a file. */
const cacheBytes = 2 ** 20;

/**
 * Opens a WAV file (RIFF or RF64; 8 to 32 bits, float, A-law, µ-law). Undefined when it holds another codec.
 * Throws an `audio` error when it is damaged. Closing what it returns does not close `source`.
 */
export async function openWav(source: ByteSource): Promise<DecodedAudio | undefined> {
  const { CustomSource, EncodedPacketSink, Input, WAVE } = await import('./wav-container.js');
  const input = new Input({
    formats: [WAVE],
    source: new CustomSource({
      getSize: () => source.size,
      read: (start, end) => source.read(start, end - start),
      maxCacheSize: cacheBytes,
    }),
  });
  /** mediabunny's own errors are about bytes; this says which file. */
  const damaged = (cause: unknown) =>
    AudiozooError.isInstance(cause) ? cause : refuse(source, 'is a damaged WAV file', { cause });

  try {
    const track = await input.getPrimaryAudioTrack();
    if (!track) throw refuse(source, 'is a WAV file without sound');
    const sampleRate = await track.getSampleRate();
    const channels = await track.getNumberOfChannels();
    const codec = pcmCodecs.get((await track.getCodec()) ?? '');
    if (!codec) return undefined;

    const sink = new EncodedPacketSink(track);
    // mediabunny believes the header's frame size. When it contradicts the sample format, what would be
    // heard is noise; when it is 0, nothing has a length.
    const firstPacket = await sink.getFirstPacket({ metadataOnly: true });
    if (!firstPacket) throw refuse(source, 'holds no samples');
    const frameBytes = firstPacket.byteLength / Math.round(firstPacket.duration * sampleRate);
    if (frameBytes !== channels * codec.bytesPerSample) {
      throw refuse(source, 'has a WAV header that contradicts itself', {
        expected: `frames of ${channels} × ${codec.bytesPerSample} bytes`,
        got: `${frameBytes}`,
      });
    }

    async function* blocks(first: number, end: number): AsyncGenerator<Float32Array> {
      try {
        // In the middle of a frame, so that rounding cannot choose a neighbouring packet.
        const packet = await sink.getPacket((first + 0.5) / sampleRate);
        if (!packet) return;
        for await (const { timestamp, data } of sink.packets(packet)) {
          const start = Math.round(timestamp * sampleRate);
          const from = Math.max(0, first - start) * frameBytes;
          const to = Math.min(data.byteLength, (end - start) * frameBytes);
          if (from < to) yield codec!.decode(data.subarray(from, to));
          if (start + data.byteLength / frameBytes >= end) return;
        }
      } catch (cause) {
        throw damaged(cause);
      }
    }
    const seconds = await track.computeDuration();
    return { sampleRate, channels, seconds, blocks, close: async () => input.dispose() };
  } catch (cause) {
    input.dispose();
    if (cause instanceof Error && cause.message.startsWith('Unsupported WAVE')) return undefined;
    throw damaged(cause);
  }
}

function refuse(
  source: ByteSource,
  what: string,
  rest: { expected?: string; got?: string; cause?: unknown } = {},
): AudiozooError {
  return new AudiozooError({
    code: 'audio',
    what: `${source.name} ${what}`,
    ...rest,
    mend: 'Export or download it again.',
  });
}
