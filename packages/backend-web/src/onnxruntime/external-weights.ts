// Weights beside the graph, each a file of its own that is only ever in memory: a tensor at a time is read and
// converted, and nothing holds them twice. In the graph they would be copied once more when it is parsed.

import {
  encodeGraphToBytes,
  type Graph,
  type Initializer,
  initializerBytes,
  readInitializer,
  wideLinearWeights,
} from '@audiozoo/onnx';

/** Smaller tensors stand in the graph: shapes and indices must, since onnxruntime reads them while it loads. */
const smallestExternal = 1024;

export interface GraphWithWeights {
  readonly graph: Uint8Array;
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

export interface EncodeWithWeightsOptions {
  /** Whether onnxruntime may repack the weights of products over many rows while it loads. */
  readonly prepack: boolean;
  readonly signal: AbortSignal | undefined;
}

export async function encodeWithWeights(
  graph: Graph,
  { prepack, signal }: EncodeWithWeightsOptions,
): Promise<GraphWithWeights> {
  const isExternal = (initializer: Initializer) => initializerBytes(initializer) >= smallestExternal;
  const bytes = await encodeGraphToBytes(graph, {
    locate: (initializer) =>
      isExternal(initializer) ? { location: initializer.name, offset: 0 } : undefined,
    ...(!prepack && { replaceable: wideLinearWeights(graph) }),
  });
  const externalData: { path: string; data: Uint8Array }[] = [];
  for (const initializer of graph.initializers.filter(isExternal)) {
    signal?.throwIfAborted();
    externalData.push({ path: initializer.name, data: await readInitializer(initializer) });
  }
  signal?.throwIfAborted();
  return { graph: bytes, externalData };
}
