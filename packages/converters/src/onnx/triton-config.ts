// config.pbtxt: how Triton is told of a model, a ModelConfig of its model_config.proto in the text form of protocol buffers.

import type { DType } from '@audiozoo/core';
import type { Edge } from '@audiozoo/onnx';

export interface TritonModel {
  readonly name: string;
  readonly inputs: readonly Edge[];
  readonly outputs: readonly Edge[];
  /** The file beside config.pbtxt that names the classes of `logits`. */
  readonly labelsFile?: string | undefined;
  /** What clients ask for by name: Triton hands it on, and makes nothing of it. */
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** What graphs take and give. */
const dataTypes: Partial<Record<DType, string>> = { float32: 'TYPE_FP32', int64: 'TYPE_INT64' };

/** Clips that run together at most, and how many Triton would rather wait for. */
const mostClips = 32;
const preferredClips = [8, 16, 32];
/** Milliseconds that a clip waits for others at most. */
const longestWait = 5;

/** The text of config.pbtxt. Its numbers are a beginning: people change them for their machine. */
export function tritonConfig({ name, inputs, outputs, labelsFile, parameters }: TritonModel): string {
  return `# Written by audiozoo. Sizes of batches, waits and instances are yours to change.
name: ${text(name)}
backend: "onnxruntime"
max_batch_size: ${mostClips}
input ${list(inputs.map((edge) => port(edge)))}
output ${list(outputs.map((edge) => port(edge, edge.name === 'logits' ? labelsFile : undefined)))}
version_policy { latest { num_versions: 1 } }
instance_group [ { count: 1 kind: KIND_AUTO } ]
dynamic_batching {
  preferred_batch_size: [ ${preferredClips.join(', ')} ]
  max_queue_delay_microseconds: ${longestWait * 1000}
}
${Object.entries(parameters)
  .map(([key, value]) => `parameters { key: ${text(key)} value { string_value: ${text(`${value}`)} } }\n`)
  .join('')}`;
}

/** An input or output. Its batch is Triton's own affair; sizes that a run may choose are -1. */
function port({ name, dtype, shape }: Edge, labelsFile?: string): string {
  const sizes = shape.slice(1).map((size) => (typeof size === 'number' ? size : -1));
  // A number a clip: Triton has no such shape, so that clients send one of [batch, 1].
  const dims = sizes.length > 0 ? `dims: [ ${sizes.join(', ')} ]` : 'dims: [ 1 ] reshape { shape: [ ] }';
  const labels = labelsFile === undefined ? '' : ` label_filename: ${text(labelsFile)}`;
  return `{ name: ${text(name)} data_type: ${dataTypes[dtype]!} ${dims}${labels} }`;
}

const list = (items: readonly string[]) => `[\n${items.map((item) => `  ${item}`).join(',\n')}\n]`;

/** Strings of JSON are strings of this form too. */
const text = (value: string) => JSON.stringify(value);
