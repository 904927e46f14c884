// A graph as the bytes of an .onnx file, in pieces: a weight is read when its turn has come and given
// out by itself, so that writing a model of 350 MB takes the memory of its largest tensor. Protocol
// buffers nest by length prefix; the lengths are known beforehand from the shapes.

import { AudiozooError, castTensor, readTensor } from '@audiozoo/core';
import { byteLength, type OwnBytes } from '@audiozoo/core/plugin';
import { dimensionName, isKnown } from './dimension.js';
import type { Attribute, Edge, Graph, GraphNode, Initializer } from './graph.js';
import {
  type Bytes,
  floatField,
  integerField,
  lengthPrefix,
  messageField,
  textField,
  toUint8Array,
} from './protobuf.js';
import { microsoftDomain, onnxDType } from './standard.js';

/** Opset 20 brought Gelu; IR version 9 is the one that came with it. */
const opset = 20;
const irVersion = 9;

/** Field numbers of each message, from onnx.proto. */
const modelField = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8 } as const;
const operatorSetField = { domain: 1, version: 2 } as const;
const graphField = { node: 1, name: 2, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
const nodeField = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
const attributeField = { name: 1, f: 2, i: 3, ints: 8, type: 20 } as const;
const tensorField = {
  dims: 1,
  dataType: 2,
  name: 8,
  rawData: 9,
  externalData: 13,
  dataLocation: 14,
} as const;
const entryField = { key: 1, value: 2 } as const;
const valueInfoField = { name: 1, type: 2 } as const;
const typeField = { tensorType: 1 } as const;
const tensorTypeField = { elemType: 1, shape: 2 } as const;
const shapeField = { dim: 1 } as const;
const dimensionField = { dimValue: 1, dimParam: 2 } as const;

/** Enumerations of onnx.proto. */
const attributeType = { float: 1, int: 2, ints: 7 } as const;
const externalLocation = 1;

/** Protocol buffers, and with them .onnx files, end here. */
const maxBytes = 2 ** 31 - 1;

/** A place in a file beside the graph. */
export interface ExternalData {
  /** Path relative to the folder of the graph. */
  readonly location: string;
  readonly offset: number;
}

export interface EncodeOptions {
  /** Where an initializer's bytes lie; undefined puts them into the graph. Everything goes in when absent. */
  readonly locate?: (initializer: Initializer) => ExternalData | undefined;
  /**
   * Initializers that stand among the inputs too, as defaults that a run could replace. A runtime may then
   * make nothing of them at load: no folded constants, no packed copies.
   */
  readonly replaceable?: ReadonlySet<Edge>;
}

export interface EncodedGraph {
  /** Bytes in all. */
  readonly byteLength: number;
  /** The file from its first byte on. Weights are read on the way. */
  chunks(): AsyncGenerator<Uint8Array>;
}

/** Lays a graph out as an .onnx file. Throws a `model` error when it would pass the 2 GB that ONNX allows. */
export function encodeGraph(
  graph: Graph,
  { locate = () => undefined, replaceable }: EncodeOptions = {},
): EncodedGraph {
  const defaults = graph.initializers.filter((initializer) => replaceable?.has(initializer));
  const skeleton = join(
    textField(graphField.name, graph.name),
    ...graph.nodes.map((node) => messageField(graphField.node, encodeNode(node))),
    ...[...graph.inputs, ...defaults].map((edge) => messageField(graphField.input, encodeValueInfo(edge))),
    ...graph.outputs.map((edge) => messageField(graphField.output, encodeValueInfo(edge))),
    ...openImages(graph).map((edge) => messageField(graphField.valueInfo, encodeValueInfo(edge))),
  );
  const tensors = graph.initializers.map((initializer) =>
    encodeInitializer(initializer, locate(initializer)),
  );
  const graphLength = tensors.reduce(
    (sum, { head, data }) => sum + head.length + dataLength(data),
    skeleton.length,
  );
  const head = modelHead(graph) + lengthPrefix(modelField.graph, graphLength) + skeleton;
  const total = head.length - skeleton.length + graphLength;
  if (total > maxBytes) {
    throw new AudiozooError({
      code: 'model',
      what: 'the graph with its weights is too large for one .onnx file',
      expected: `at most ${maxBytes} bytes`,
      got: `${total}`,
      hint: 'Keep the weights in a file beside it (external).',
    });
  }
  return {
    byteLength: total,
    async *chunks() {
      yield toUint8Array(head);
      for (const { head, data } of tensors) {
        yield toUint8Array(head);
        if (data) yield await readInitializer(data);
      }
    },
  };
}

/**
 * Images of a size that hangs on the length: onnxruntime does not work out what it is called, and adds a residual within the
 * convolution before it where it sees that both are of one size.
 */
function openImages({ nodes, outputs }: Graph): readonly Edge[] {
  return nodes
    .filter(({ operator }) => operator === 'Conv' || operator === 'Add')
    .flatMap((node) => node.outputs)
    .filter((edge) => edge.shape.length === 4 && !outputs.includes(edge))
    .filter(({ shape }) => shape.some((size) => !isKnown(size) && size.length));
}

/** The whole file in memory. */
export async function encodeGraphToBytes(graph: Graph, options?: EncodeOptions): Promise<OwnBytes> {
  const encoded = encodeGraph(graph, options);
  const bytes = new Uint8Array(encoded.byteLength);
  let position = 0;
  for await (const chunk of encoded.chunks()) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}

/** Bytes of an initializer in the dtype that the graph gives it. */
export function initializerBytes({ dtype, shape }: Initializer): number {
  return byteLength({ dtype, shape });
}

/** Reads an initializer's elements, converted to the dtype that the graph gives it. */
export async function readInitializer({ dtype, stored }: Initializer): Promise<Uint8Array> {
  const { data } = castTensor(await readTensor(stored), dtype);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Everything of a TensorProto but its bytes, which follow when `data` is there. */
function encodeInitializer(
  initializer: Initializer,
  external: ExternalData | undefined,
): { readonly head: Bytes; readonly data?: Initializer } {
  const length = initializerBytes(initializer);
  const description = join(
    ...initializer.shape.map((size) => integerField(tensorField.dims, size)),
    integerField(tensorField.dataType, onnxDType[initializer.dtype]),
    textField(tensorField.name, initializer.name),
  );
  if (external) {
    const entries = Object.entries({ ...external, length }).map(([key, value]) =>
      join(textField(entryField.key, key), textField(entryField.value, `${value}`)),
    );
    const tensor = join(
      description,
      ...entries.map((entry) => messageField(tensorField.externalData, entry)),
      integerField(tensorField.dataLocation, externalLocation),
    );
    return { head: messageField(graphField.initializer, tensor) };
  }
  const data = lengthPrefix(tensorField.rawData, length);
  const body = description.length + data.length + length;
  return {
    head: join(lengthPrefix(graphField.initializer, body), description, data),
    data: initializer,
  };
}

function dataLength(initializer: Initializer | undefined): number {
  return initializer ? initializerBytes(initializer) : 0;
}

function modelHead({ nodes }: Graph): Bytes {
  const domains = new Set(['', ...nodes.map(({ domain }) => domain)]);
  const operatorSets = Array.from(domains, (domain) =>
    join(
      textField(operatorSetField.domain, domain),
      integerField(operatorSetField.version, domain === microsoftDomain ? 1 : opset),
    ),
  );
  return join(
    integerField(modelField.irVersion, irVersion),
    textField(modelField.producerName, 'audiozoo'),
    ...operatorSets.map((set) => messageField(modelField.opsetImport, set)),
  );
}

function encodeNode({ operator, domain, name, inputs, outputs, attributes }: GraphNode): Bytes {
  return join(
    ...inputs.map((edge) => textField(nodeField.input, edge.name)),
    ...outputs.map((edge) => textField(nodeField.output, edge.name)),
    textField(nodeField.name, name),
    textField(nodeField.opType, operator),
    ...Object.entries(attributes).map(([key, value]) =>
      messageField(nodeField.attribute, join(textField(attributeField.name, key), encodeAttribute(value))),
    ),
    textField(nodeField.domain, domain),
  );
}

function encodeAttribute(value: Attribute): Bytes {
  const { f, i, ints, type } = attributeField;
  if ('float' in value) return join(floatField(f, value.float), integerField(type, attributeType.float));
  if ('int' in value) return join(integerField(i, value.int), integerField(type, attributeType.int));
  return join(...value.ints.map((each) => integerField(ints, each)), integerField(type, attributeType.ints));
}

function encodeValueInfo({ name, dtype, shape }: Edge): Bytes {
  const dimensions = shape.map((size) =>
    isKnown(size)
      ? integerField(dimensionField.dimValue, size)
      : textField(dimensionField.dimParam, dimensionName(size)),
  );
  const tensorType = join(
    integerField(tensorTypeField.elemType, onnxDType[dtype]),
    messageField(
      tensorTypeField.shape,
      join(...dimensions.map((dimension) => messageField(shapeField.dim, dimension))),
    ),
  );
  return join(
    textField(valueInfoField.name, name),
    messageField(valueInfoField.type, messageField(typeField.tensorType, tensorType)),
  );
}

function join(...parts: readonly Bytes[]): Bytes {
  return parts.join('');
}
