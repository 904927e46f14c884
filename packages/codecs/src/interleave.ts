/** Channels one after the other → samples of all channels in turn. `order` says which comes where. */
export function interleave(
  planes: readonly Float32Array[],
  order: readonly number[] = planes.map((_, channel) => channel),
): Float32Array {
  const channels = order.length;
  const frames = planes[0]?.length ?? 0;
  const samples = new Float32Array(frames * channels);
  order.forEach((from, channel) => {
    const plane = planes[from]!;
    for (let frame = 0; frame < frames; frame++) samples[frame * channels + channel] = plane[frame]!;
  });
  return samples;
}

/** Vorbis and Opus have an order of their own; this is that of WAV, FLAC and ffmpeg: which channel comes where. */
const waveOrders: readonly (readonly number[])[] = [
  [],
  [0],
  [0, 1],
  [0, 2, 1],
  [0, 1, 2, 3],
  [0, 2, 1, 3, 4],
  [0, 2, 1, 5, 3, 4],
  [0, 2, 1, 6, 5, 3, 4],
  [0, 2, 1, 7, 5, 6, 3, 4],
];

/** As many channels as have an order. */
export const maxChannels = waveOrders.length - 1;

export function waveOrder(channels: number): readonly number[] {
  return waveOrders[channels]!;
}
