import type { Inputs, Outputs } from '@audiozoo/core';
import type { Graph, Operators } from '@audiozoo/onnx';

/** From a model or a training step to the graph for the device that it is opened on. */
export type Trace = (options: { readonly operators: Operators; readonly integers: boolean }) => Graph;

/** A session on a device. */
export interface SessionRunner {
  readonly device: string;
  run(inputs: Inputs, names: readonly string[], signal?: AbortSignal): Promise<Outputs>;
  dispose(): Promise<void>;
}
