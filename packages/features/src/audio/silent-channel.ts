// A channel that is silent where another is not: of a voice in 5.1, the first, while the voice is in the third. A model
// that is given silence answers all the same.

import type { ReadAudioOptions } from '../audio-options.js';
import type { DecodedAudio } from './decoded-audio.js';

/**
 * 60 dB below the peak of another there is no recording, only the noise of converters, what a codec leaves of silence,
 * and what crosses over from the other channel.
 */
const silentRatio = 1e-3;

/**
 * The same sound. Once it has been heard, or was broken off, `onNote` is told if the channel that is heard was silent beside
 * another in all that came; it calls the sound `name`.
 */
export function tellingSilence(
  decoded: DecodedAudio,
  { channel = 0, onNote, signal }: ReadAudioOptions,
  name: string,
): DecodedAudio {
  const { channels } = decoded;
  if (channels === 1 || channel === 'mean' || !onNote) return decoded;
  return {
    ...decoded,
    async *blocks(first, end) {
      const watch = watchChannel(channels, channel);
      let isWell = true;
      try {
        for await (const block of decoded.blocks(first, end)) {
          watch.look(block);
          yield block;
        }
      } catch (error) {
        isWell = false;
        throw error;
      } finally {
        const louder = watch.louder();
        if (isWell && !signal?.aborted && louder !== undefined) {
          onNote(
            `${name} is silent in channel ${channel}, which is heard, and loudest in channel ${louder}: ` +
              `choose \`channel\` ${louder}, or \`channel\` mean for all of them.`,
          );
        }
      }
    },
  };
}

/**
 * Watches one of several channels, by peaks: nothing within full scale is 60 dB above one that has passed a thousandth of it.
 * From then on nothing is looked at, so that this costs nothing where the channel sounds.
 */
function watchChannel(channelCount: number, channel: number) {
  const peaks = new Float32Array(channelCount);
  return {
    /** Looks at interleaved samples. */
    look(block: Float32Array): void {
      for (let index = 0; index < block.length && peaks[channel]! <= silentRatio; index++) {
        const place = index % channelCount;
        peaks[place] = Math.max(peaks[place]!, Math.abs(block[index]!));
      }
    },
    /** The loudest channel, if the one that is heard was silent beside it in all that was looked at. */
    louder(): number | undefined {
      const loudest = Math.max(...peaks);
      const isSilent = peaks[channel]! <= silentRatio * Math.min(1, loudest);
      return isSilent && loudest > 0 ? peaks.indexOf(loudest) : undefined;
    },
  };
}
