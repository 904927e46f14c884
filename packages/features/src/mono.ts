// One channel out of several.

import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import { checkSamples } from './audio.js';

/** A channel's number from 0, or the average of all. */
export type ChannelChoice = number | 'mean';

/**
 * One channel: the first unless told otherwise, as the official AST pipeline takes it; `mean` averages
 * all. Channels have the same length. Throws an `argument` error when there is no such channel.
 */
export function toMono(channels: readonly Float32Array[], channel: ChannelChoice = 0): Float32Array {
  checkChannel(channel, Array.isArray(channels) ? channels.length : 0);
  channels.forEach(checkSamples);
  if (channel !== 'mean') return channels[channel]!;
  if (channels.length === 1) return channels[0]!;
  return Float32Array.from(channels[0]!, (_, index) => {
    let total = 0;
    for (const samples of channels) total += samples[index]!;
    return total / channels.length;
  });
}

/** The same for interleaved samples of `channelCount` channels. */
export function mixDown(
  interleaved: Float32Array,
  channelCount: number,
  channel: ChannelChoice,
): Float32Array {
  if (channelCount === 1) return interleaved;
  const samples = new Float32Array(interleaved.length / channelCount);
  for (let index = 0, position = 0; index < samples.length; index++, position += channelCount) {
    if (channel !== 'mean') {
      samples[index] = interleaved[position + channel]!;
    } else {
      let total = 0;
      for (let other = 0; other < channelCount; other++) total += interleaved[position + other]!;
      samples[index] = total / channelCount;
    }
  }
  return samples;
}

/** Throws an `argument` error unless sound of `channelCount` channels has this one. */
export function checkChannel(channel: ChannelChoice, channelCount: number): void {
  const there = channelCount > 0 && Number.isInteger(channel) && Number(channel) >= 0;
  if ((channel === 'mean' && channelCount > 0) || (there && Number(channel) < channelCount)) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'there is no such channel',
    option: 'channel',
    expected: `0 to ${channelCount - 1}, or 'mean'`,
    got: describeValue(channel),
  });
}
