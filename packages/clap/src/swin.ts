// A stage of the Swin transformer: attention within windows, which are shifted in every other block, and between stages
// four neighbors become one token.

import type { Ops, Parameter, Resolved } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import { type ClapConfig, stageOf } from './config.js';
import { attend, blockParameters, layerNorm, linear, linearParameters, normParameters } from './layers.js';

/** Added where a window holds what was not side by side before the shift. */
const elsewhere = -100;

export function stageParameters(name: string, index: number, config: ClapConfig) {
  const { width, side } = stageOf(config, index);
  const { depths, windowSize, mlpRatio, qkvBias } = config;
  const heads = config.heads[index]!;
  const last = index === depths.length - 1;
  return {
    blocks: Array.from({ length: depths[index]! }, (_, block) => {
      const own = `${name}.blocks.${block}`;
      const shift = shiftOf(block, side, windowSize);
      return {
        norm1: normParameters(`${own}.layernorm_before`, width),
        ...blockParameters(own, { width, mlpDim: Math.floor(width * mlpRatio), bias: qkvBias }),
        norm2: normParameters(`${own}.layernorm_after`, width),
        bias: biasParameter(own, { heads, side, windowSize, shift }),
      };
    }),
    merge: last
      ? undefined
      : {
          norm: normParameters(`${name}.downsample.norm`, 4 * width),
          reduction: linearParameters(`${name}.downsample.reduction`, 2 * width, 4 * width, false),
        },
  };
}

type Stage<T> = Resolved<ReturnType<typeof stageParameters>, T>;
type Block<T> = Stage<T>['blocks'][number];

function shiftOf(block: number, side: number, windowSize: number): number {
  return block % 2 === 1 && side > windowSize ? Math.floor(windowSize / 2) : 0;
}

interface BiasSizes {
  readonly heads: number;
  readonly side: number;
  readonly windowSize: number;
  readonly shift: number;
}

/** What is added to the scores in each window: by relative position, and by the shift. [windows, heads, N, N] */
function biasParameter(block: string, sizes: BiasSizes): Parameter {
  const { heads, side, windowSize, shift } = sizes;
  const tokens = windowSize ** 2;
  const across = side / windowSize;
  const windows = shift === 0 ? 1 : across ** 2;
  const table = parameter(`${block}.attention.self.relative_position_bias_table`, [
    (2 * windowSize - 1) ** 2,
    heads,
  ]);
  /** Which stretch of an axis, as it was before the shift, a place on it comes from. */
  const region = (place: number) => (place < side - windowSize ? 0 : place < side - shift ? 1 : 2);
  const place = (window: number, token: number) => ({
    row: Math.floor(window / across) * windowSize + Math.floor(token / windowSize),
    column: (window % across) * windowSize + (token % windowSize),
  });
  /** Which number of the table element `index` of the bias has, and whether its two tokens were apart. */
  const entryOf = (index: number) => {
    const key = index % tokens;
    const query = Math.floor(index / tokens) % tokens;
    const head = Math.floor(index / tokens ** 2) % heads;
    const window = Math.floor(index / tokens ** 2 / heads);
    const [from, to] = [place(window, query), place(window, key)];
    const down = from.row - to.row + windowSize - 1;
    const right = from.column - to.column + windowSize - 1;
    const apart =
      shift > 0 && (region(from.row) !== region(to.row) || region(from.column) !== region(to.column));
    return { entry: (down * (2 * windowSize - 1) + right) * heads + head, apart };
  };
  return parameter(`${block}.bias`, [windows, heads, tokens, tokens], {
    derived: {
      from: [table],
      compute: ([table]) =>
        Float32Array.from({ length: windows * heads * tokens * tokens }, (_, index) => {
          const { entry, apart } = entryOf(index);
          return table![entry]! + (apart ? elsewhere : 0);
        }),
      gradients: [
        (dy, [table]) => {
          const sums = new Float64Array(table!.length);
          dy.forEach((value, index) => {
            sums[entryOf(index).entry]! += value;
          });
          return Float32Array.from(sums);
        },
      ],
    },
  });
}

/** Tokens [B, side · side, width] through a stage; `seen` is shown the tokens after each block. */
export function stage<T>(
  ops: Ops<T>,
  weights: Stage<T>,
  tokens: T,
  { index, config, seen }: { index: number; config: ClapConfig; seen: (block: number, tokens: T) => void },
): T {
  const { width, side } = stageOf(config, index);
  weights.blocks.forEach((block, number) => {
    const shift = shiftOf(number, side, config.windowSize);
    tokens = swinBlock(ops, block, tokens, { width, side, shift, config, heads: config.heads[index]! });
    seen(number, tokens);
  });
  return weights.merge ? mergePatches(ops, weights.merge, tokens, { width, side, config }) : tokens;
}

interface BlockSizes {
  readonly width: number;
  readonly side: number;
  readonly shift: number;
  readonly config: ClapConfig;
  readonly heads: number;
}

function swinBlock<T>(ops: Ops<T>, block: Block<T>, tokens: T, sizes: BlockSizes): T {
  const { width, side, shift, config, heads } = sizes;
  const { windowSize, normEpsilon } = config;
  const across = side / windowSize;
  const normed = layerNorm(ops, block.norm1, tokens, normEpsilon);
  const shifted = roll(ops, ops.reshape(normed, [-1, side, side, width]), shift, side);
  const cut = ops.reshape(shifted, [-1, across, windowSize, across, windowSize, width]);
  const windows = ops.reshape(ops.transpose(cut, [0, 1, 3, 2, 4, 5]), [
    -1,
    across ** 2,
    windowSize ** 2,
    width,
  ]);
  const attended = attend(ops, block, windows, { heads, bias: block.bias }); // [B, windows, N, D]
  const apart = ops.reshape(attended, [-1, across, across, windowSize, windowSize, width]);
  const image = ops.reshape(ops.transpose(apart, [0, 1, 3, 2, 4, 5]), [-1, side, side, width]);
  const back = roll(ops, image, shift === 0 ? 0 : side - shift, side);
  const mixed = ops.add(tokens, ops.reshape(back, [-1, side * side, width]));
  const hidden = ops.gelu(linear(ops, block.mlp1, layerNorm(ops, block.norm2, mixed, normEpsilon)));
  return ops.add(mixed, linear(ops, block.mlp2, hidden));
}

/** [B, side, side, D]: rows and columns from `by` on come first. */
function roll<T>(ops: Ops<T>, image: T, by: number, side: number): T {
  if (by === 0) return image;
  return [1, 2].reduce(
    (rolled, axis) => ops.concat([ops.slice(rolled, axis, by, side), ops.slice(rolled, axis, 0, by)], axis),
    image,
  );
}

function mergePatches<T>(
  ops: Ops<T>,
  { norm, reduction }: NonNullable<Stage<T>['merge']>,
  tokens: T,
  { width, side, config }: { width: number; side: number; config: ClapConfig },
): T {
  const half = side / 2;
  const squares = ops.reshape(tokens, [-1, half, 2, half, 2, width]);
  // Upper left, lower left, upper right, lower right.
  const joined = ops.reshape(ops.transpose(squares, [0, 1, 3, 4, 2, 5]), [-1, half * half, 4 * width]);
  return linear(ops, reduction, layerNorm(ops, norm, joined, config.normEpsilon));
}
