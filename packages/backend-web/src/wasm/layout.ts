// What the program of kernel/ (AssemblyScript) and the code around it agree on: numbers of operations, and sizes of
// what they read. Both compile this file.

// Operations. A record of a program is [operation, its words in all, arguments...], int32 each; addresses are in
// bytes, sizes in elements, factors the bits of a float32. A program ends with `end`.
/** No arguments. */
export const end = 0;
/** x [rows, in], packed weight, bias [out] or 0, target [rows, out], rows, in, out, activation. */
export const linear = 1;
/** x, packed weight, its column sums, scales [out], bias or 0, target, rows, in, out, activation. */
export const integerLinear = 2;
/** x [rows, width], scale [width], shift [width], target, rows, width, epsilon. */
export const layerNorm = 3;
/** key [batch, keys, width], value, target (as `attention` reads it), batch, keys, width, heads. */
export const packKeysAndValues = 4;
/**
 * query [batch, queries, width], what `packKeysAndValues` made, target, batch, queries, keys, width, heads, bias or 0,
 * clips after which it repeats, elements from one clip, head, query and key to the next.
 */
export const attention = 5;
/** x, target, count. */
export const gelu = 6;
/** a, b, target, count, elements of a, elements of b: the shorter one repeats. */
export const add = 7;
/** As `add`. */
export const multiply = 8;
/** x, target, count, factor. */
export const scale = 9;
/** x, target, count. */
export const log = 10;
/** x, target, count, least, most. */
export const clamp = 11;
/** x [rows, width], target, rows, width. */
export const softmax = 12;
/** x [outer, count, inner], target [outer, inner], outer, count, inner. */
export const mean = 13;
/** a [batch, M, K], b [batch, K, N], target [batch, M, N], batch, M, K, N. */
export const matmul = 14;
/** Source, target, then `copyRank` sizes, steps through the source and steps through the target, outermost first. */
export const copy = 15;
/** Table [rows, width], ids [count] as int32, target [count, width], count, width. */
export const gather = 16;
/** As `gelu`. */
export const relu = 17;
/** As `gelu`. */
export const sigmoid = 18;
/** As `gelu`. */
export const tanh = 19;
/** As `gelu`. */
export const hardswish = 20;
/** x [batch, height, width, channels], target [rows, channels · taps], the sizes of `depthwise` but the activation. */
export const unfold = 21;
/**
 * x [batch, height, width, channels], packed weight [channels, taps], bias or 0, target, batch, height, width, channels,
 * the kernel's height and width, strides, zeros above and before, the target's height and width, activation.
 */
export const depthwise = 22;

/** As `mean`. */
export const max = 23;
/** As `add`. */
export const remainder = 24;
/** x [rows, width], positions [rows, count], target [rows, count], rows, width, count. */
export const take = 25;

export const copyRank = 6;

/** The activation of layers without; that of others is the number of its operation. */
export const noActivation = 0;

/** Rows and columns of the tile of a product that lies in registers. */
export const tileRows = 6;
export const tileColumns = 8;
/** Numbers that one integer product multiplies and adds. */
export const integerGroup = 4;
/** Rows that a thread packs at a time, at most: whole tiles, which its second-level cache holds. */
export const blockRows = 48;

/** What the memory is free for begins here; before it, threads tell each other what they do. */
export const firstFreeAddress = 1024;
