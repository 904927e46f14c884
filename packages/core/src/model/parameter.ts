// A model's weights are declared as a tree of parameters, each with its name in the file and its shape
// together. The backend turns that tree into one of its own tensors with the same form, which is what
// `build` receives: `weights.layers[3].query.weight` is typed, and no name is written twice.

import type { Shape } from '../tensors/shape.js';

/** One weight: its name in the model's safetensors file, and its shape. */
export interface Parameter {
  readonly kind: 'parameter';
  readonly name: string;
  readonly shape: Shape;
  /** Other names that files hold it under: those that other versions of the library that writes them give it. */
  readonly aliases?: readonly string[];
  /**
   * A weight [out, in] that may be stored as int8, with a scale for each output channel under the name plus
   * `_scale`. For what `linear` alone reads and small errors do not hurt: not embeddings, not the head.
   */
  readonly quantizable?: true;
  /** Stays float32 where a backend computes in less: for what float16 cannot hold or tell apart. */
  readonly fullPrecision?: true;
  /** Says that no file holds it: it is worked out of others whenever the model is loaded. */
  readonly derived?: Derivation;
}

/** How a weight comes of others: a normalization folded into a convolution, a table that hangs on the config. */
export interface Derivation {
  /** What files hold instead; none for what hangs on the config alone. */
  readonly from: readonly Parameter[];
  /** Its values, row by row, of those of `from` in their order. Pure. */
  compute(sources: readonly Float32Array[]): Float32Array;
  /**
   * How sources train: in the place of each in `from`, from the gradient of what `compute` made to that of the source; undefined
   * for those that stay as they are. Absent: all stay.
   */
  readonly gradients?: readonly (SourceGradient | undefined)[];
  /** The batch norm that is folded into a convolution's weight, for who trains both apart. */
  readonly batchNorm?: FoldedBatchNorm;
}

/** A convolution without a bias of its own and the batch norm behind it, as files hold them. */
export interface FoldedBatchNorm {
  /** The convolution's. */
  readonly weight: Parameter;
  /** The norm's: [channels] each. */
  readonly scale: Parameter;
  readonly shift: Parameter;
  readonly mean: Parameter;
  readonly variance: Parameter;
  readonly epsilon: number;
  /** What a batch counts for in the mean and the variance that are kept. */
  readonly momentum: number;
  /** The name of the bias that comes of it where it is folded. */
  readonly foldedBias: string;
}

/** Pure; as large as the source. */
export type SourceGradient = (dy: Float32Array, sources: readonly Float32Array[]) => Float32Array;

/** Parameters in any nesting of records and lists. Absent ones (an optional bias) are `undefined`. */
export type ParameterTree =
  | Parameter
  | undefined
  | readonly ParameterTree[]
  | { readonly [key: string]: ParameterTree };

/** The same tree with a `T` in each parameter's place; of `any`, which would recurse for ever, `any`. */
export type Resolved<Tree, T> = 0 extends 1 & Tree
  ? Tree
  : Tree extends Parameter
    ? T
    : Tree extends undefined
      ? undefined
      : { readonly [Key in keyof Tree]: Resolved<Tree[Key], T> };

export function parameter(
  name: string,
  shape: Shape,
  {
    aliases = [],
    quantizable = false,
    fullPrecision = false,
    derived,
  }: {
    readonly aliases?: readonly string[];
    readonly quantizable?: boolean;
    readonly fullPrecision?: boolean;
    readonly derived?: Derivation;
  } = {},
): Parameter {
  return {
    kind: 'parameter',
    name,
    shape,
    ...(aliases.length > 0 && { aliases }),
    ...(quantizable && { quantizable }),
    ...(fullPrecision && { fullPrecision }),
    ...(derived && { derived }),
  };
}

function isParameter(tree: ParameterTree): tree is Parameter {
  return typeof tree === 'object' && 'kind' in tree && tree.kind === 'parameter';
}

/** Every parameter of the tree, in the order it was written: what `build` is given. */
export function listParameters(tree: ParameterTree): Parameter[] {
  if (tree === undefined) return [];
  if (isParameter(tree)) return [tree];
  return Object.values(tree as Record<string, ParameterTree>).flatMap(listParameters);
}

/** What files hold of the tree: its parameters, each derived one's sources in its place. */
export function storedParameters(tree: ParameterTree): Parameter[] {
  const stored = listParameters(tree).flatMap((each) =>
    each.derived ? storedParameters(each.derived.from) : [each],
  );
  return [...new Map(stored.map((each) => [each.name, each])).values()];
}

/** The tree with `resolve(parameter)` in each parameter's place. */
export function resolveParameters<Tree extends ParameterTree, T>(
  tree: Tree,
  resolve: (parameter: Parameter) => T,
): Resolved<Tree, T> {
  const visit = (node: ParameterTree): unknown => {
    if (node === undefined) return undefined;
    if (isParameter(node)) return resolve(node);
    if (Array.isArray(node)) return node.map(visit);
    return Object.fromEntries(
      Object.entries(node).map(([key, child]) => [key, visit(child as ParameterTree)]),
    );
  };
  return visit(tree) as Resolved<Tree, T>;
}
