// onnxruntime repacks the weights of matrix products when it loads a model: a second copy of them in
// private memory, and most of the time to load. Products of many rows hardly gain by it; those of few
// rows would otherwise repack at each run.

import { sizeAt } from './dimension.js';
import type { Edge, Graph } from './graph.js';

/** From this many rows a clip on, the product is so much more work than the packing that it does not show. */
const manyRows = 32;

/** Weights of matrix products over many rows, used by nothing else. */
export function wideLinearWeights({ nodes }: Graph): ReadonlySet<Edge> {
  const wide = new Set<Edge>();
  const others = new Set<Edge>();
  for (const { operator, inputs, outputs } of nodes) {
    const rows = sizeAt(outputs[0]?.shape[0] ?? 0, 'most'); // for one clip, of the longest
    const isWide = operator === 'Gemm' && rows >= manyRows;
    inputs.forEach((input, place) => {
      (isWide && place === 1 ? wide : others).add(input);
    });
  }
  return new Set([...wide].filter((edge) => !others.has(edge)));
}
