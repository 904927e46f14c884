// A channel that is silent where another is not: of a voice in 5.1, the first, while the voice is in the third. A model
// that is given silence answers all the same.

/**
 * 60 dB below the peak of another there is no recording, only the noise of converters, what a codec leaves of silence,
 * and what crosses over from the other channel.
 */
const silentRatio = 1e-3;

export interface ChannelWatch {
  /** Looks at interleaved samples. */
  look(block: Float32Array): void;
  /** The loudest channel, if the one that is heard was silent beside it in all that was looked at. */
  louder(): number | undefined;
}

/**
 * Watches one of several channels, by peaks: nothing within full scale is 60 dB above one that has passed a thousandth of it.
 * From then on nothing is looked at, so that this costs nothing where the channel sounds.
 */
export function watchChannel(channelCount: number, channel: number): ChannelWatch {
  const peaks = new Array<number>(channelCount).fill(0);
  return {
    look(block) {
      for (let step = 0; step < channelCount && peaks[channel]! <= silentRatio; step++) {
        const place = (channel + step) % channelCount; // the one that is heard comes first
        const enough = step === 0 ? silentRatio : Infinity;
        peaks[place] = Math.max(peaks[place]!, peakOf(block, place, channelCount, enough));
      }
    },
    louder() {
      const loudest = Math.max(...peaks);
      const isSilent = peaks[channel]! <= silentRatio * Math.min(1, loudest);
      return isSilent && loudest > 0 ? peaks.indexOf(loudest) : undefined;
    },
  };
}

/** The largest amplitude of a channel, or the first above `enough`. */
function peakOf(block: Float32Array, channel: number, channelCount: number, enough: number): number {
  let peak = 0;
  for (let index = channel; index < block.length && peak <= enough; index += channelCount) {
    const amplitude = Math.abs(block[index]!);
    if (amplitude > peak) peak = amplitude;
  }
  return peak;
}
