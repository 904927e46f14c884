// Which weights onnxruntime leaves as they lie in the file, or in the private copy that it maps. A packed copy of those of a
// large model costs more than it brings: 4 to 12 % of a run, by the processor, for most of the time to load, and for memory,
// which processes share where the file itself is mapped. A small one has them packed in milliseconds, and its products are of fewer rows, so that
// they would spend 7 % of each run on putting them in order.

import { type Edge, type Graph, initializerBytes, wideLinearWeights } from '@audiozoo/onnx';

/** Bytes of float32 in all that are packed without being asked for. */
const smallBytes = 64e6;

/** `prepack` as in `OnnxruntimeNodeOptions`. */
export function unpackedWeights(graph: Graph, prepack: boolean | undefined): ReadonlySet<Edge> {
  const wide = wideLinearWeights(graph);
  const bytes = graph.initializers
    .filter((initializer) => wide.has(initializer))
    .reduce((sum, initializer) => sum + initializerBytes(initializer), 0);
  return (prepack ?? bytes <= smallBytes) ? new Set() : wide;
}
