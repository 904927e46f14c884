export { probeAttention, type RunGraph } from './attention-probe.js';
export { batch, type Length, type Size, type Sizes, shapeAt, type UnknownSize } from './dimension.js';
export {
  type EncodedGraph,
  type EncodeOptions,
  type ExternalData,
  encodeGraph,
  encodeGraphToBytes,
  initializerBytes,
  readInitializer,
} from './encode.js';
export type { Attribute, Edge, Graph, GraphNode, Initializer } from './graph.js';
export type { Operators } from './standard.js';
export { type TraceOptions, traceModel } from './trace.js';
export { type TraceStepOptions, traceTrainingStep } from './training/trace-training-step.js';
export { wideLinearWeights } from './wide-linear.js';
