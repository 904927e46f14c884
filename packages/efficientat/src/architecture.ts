// The network's sizes: the table of MobileNetV3-Large (Howard et al., "Searching for MobileNetV3", ICCV 2019), scaled in width.

/** A row of the table: channels at width 1, the depthwise kernel's side, and whether a squeeze-and-excitation follows it. */
interface TableRow {
  readonly kernel: number;
  readonly expanded: number;
  readonly out: number;
  readonly squeeze: boolean;
  readonly activation: 'relu' | 'hardswish';
}

const row = (
  kernel: number,
  expanded: number,
  out: number,
  squeeze: boolean,
  activation: 'relu' | 'hardswish',
): TableRow => ({ kernel, expanded, out, squeeze, activation });

const table: readonly TableRow[] = [
  row(3, 16, 16, false, 'relu'),
  row(3, 64, 24, false, 'relu'),
  row(3, 72, 24, false, 'relu'),
  row(5, 72, 40, true, 'relu'),
  row(5, 120, 40, true, 'relu'),
  row(5, 120, 40, true, 'relu'),
  row(3, 240, 80, false, 'hardswish'),
  row(3, 200, 80, false, 'hardswish'),
  row(3, 184, 80, false, 'hardswish'),
  row(3, 184, 80, false, 'hardswish'),
  row(3, 480, 112, true, 'hardswish'),
  row(3, 672, 112, true, 'hardswish'),
  row(5, 672, 160, true, 'hardswish'),
  row(5, 960, 160, true, 'hardswish'),
  row(5, 960, 160, true, 'hardswish'),
];

export type Stride = readonly [frequency: number, time: number];

/** Of the four blocks of mn whose strides can be chosen, by their rows. */
const chosenStrides = [1, 3, 6, 12];

/** frame_mn goes down in frequency alone, but for one block: with the stem's, a quarter of the frames is left. */
const frameStrides: readonly Stride[] = table.map((_, index) => [
  [1, 2, 5, 7, 10, 14].includes(index) ? 2 : 1,
  index === 1 ? 2 : 1,
]);

export const stemStride: Stride = [2, 2];

export interface Block {
  readonly index: number;
  readonly kernel: number;
  readonly in: number;
  readonly expanded: number;
  /** Channels between the two layers of the squeeze-and-excitation; absent: it has none. */
  readonly squeezed: number | undefined;
  readonly out: number;
  readonly stride: Stride;
  readonly activation: 'relu' | 'hardswish';
}

export interface Architecture {
  /** Channels of the first convolution. */
  readonly stem: number;
  readonly blocks: readonly Block[];
  /** Channels of the last convolution: the embedding's. */
  readonly last: number;
  /** Of the mlp head's hidden layer. */
  readonly hidden: number;
}

/** `strides` are mn's four; of frame_mn they are given. */
export function architecture({
  width,
  strides,
}: {
  readonly width: number;
  readonly strides: readonly number[] | undefined;
}): Architecture {
  const channels = (count: number) => roundChannels(count * width);
  const stem = channels(16);
  const strideOf = (index: number): Stride => {
    if (!strides) return frameStrides[index]!;
    const stride = strides[chosenStrides.indexOf(index)] ?? 1;
    return [stride, stride];
  };
  const blocks = table.map(({ kernel, squeeze, activation, ...row }, index): Block => {
    const expanded = channels(row.expanded);
    return {
      ...{ index: index + 1, kernel, expanded, activation },
      in: index === 0 ? stem : channels(table[index - 1]!.out),
      squeezed: squeeze ? roundChannels(expanded / 4) : undefined,
      out: channels(row.out),
      stride: strideOf(index),
    };
  });
  return { stem, blocks, last: 6 * channels(160), hidden: channels(1280) };
}

/** To a multiple of 8, and not more than a tenth down: torchvision's `_make_divisible`. */
function roundChannels(count: number): number {
  const nearest = Math.max(8, Math.floor((count + 4) / 8) * 8);
  return nearest < 0.9 * count ? nearest + 8 : nearest;
}

/** Rows or frames that a strided convolution with padding leaves. */
export const strided = (size: number, stride: number): number => Math.ceil(size / stride);
