// A graph as the bytes of an .onnx file, in pieces: a weight is read when its turn has come and given
// out by itself, so that writing a model of 350 MB takes the memory of its largest tensor. Protocol
// buffers nest by length prefix; the lengths are known beforehand from the shapes.

import { AudiozooError, byteLength, castTensor, readTensor, type Shape } from '@audiozoo/core';
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { dimensionName } from './dimension.js';
import type { Attribute, Edge, Graph, GraphNode, Initializer } from './graph.js';
import { microsoftDomain, onnxDType } from './trace-ops.js';

/** Opset 20 brought Gelu; IR version 9 is the one that came with it. */
const opset = 20;
const irVersion = 9;

/** Field numbers of onnx.proto for what is written by hand. */
const graphOfModel = 7;
const initializerOfGraph = 5;
const rawDataOfTensor = 9;

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
}

export interface EncodedGraph {
  /** Bytes in all. */
  readonly byteLength: number;
  /** The file from its first byte on. Weights are read on the way. */
  chunks(): AsyncGenerator<Uint8Array>;
}

/** Lays a graph out as an .onnx file. Throws a `model` error when it would pass the 2 GB that ONNX allows. */
export function encodeGraph(graph: Graph, { locate = () => undefined }: EncodeOptions = {}): EncodedGraph {
  const skeleton = toBinary(
    GraphProtoSchema,
    create(GraphProtoSchema, {
      name: graph.name,
      node: graph.nodes.map(nodeProto),
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
    }),
  );
  const tensors = graph.initializers.map((initializer) =>
    encodeInitializer(initializer, locate(initializer)),
  );
  const graphLength = tensors.reduce(
    (sum, { head, data }) => sum + head.length + dataLength(data),
    skeleton.length,
  );
  const head = concatenate(modelHead(graph), prefix(graphOfModel, graphLength), skeleton);
  const total = head.length - skeleton.length + graphLength;
  if (total > maxBytes) {
    throw new AudiozooError({
      code: 'model',
      what: 'the graph with its weights is too large for one .onnx file',
      expected: `at most ${maxBytes} bytes`,
      got: `${total}`,
      mend: 'Keep the weights in a file beside it (external).',
    });
  }
  return {
    byteLength: total,
    async *chunks() {
      yield head;
      for (const { head, data } of tensors) {
        yield head;
        if (data) yield await readInitializer(data);
      }
    },
  };
}

/** The whole file in memory. */
export async function encodeGraphToBytes(
  graph: Graph,
  options?: EncodeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
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
): { readonly head: Uint8Array; readonly data?: Initializer } {
  const length = initializerBytes(initializer);
  const description = toBinary(
    TensorProtoSchema,
    create(TensorProtoSchema, {
      name: initializer.name,
      dataType: onnxDType[initializer.dtype],
      dims: initializer.shape.map(BigInt),
      ...(external && {
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries({ ...external, length }).map(([key, value]) =>
          create(StringStringEntryProtoSchema, { key, value: `${value}` }),
        ),
      }),
    }),
  );
  if (external) {
    return { head: concatenate(prefix(initializerOfGraph, description.length), description) };
  }
  const data = prefix(rawDataOfTensor, length);
  const body = description.length + data.length + length;
  return { head: concatenate(prefix(initializerOfGraph, body), description, data), data: initializer };
}

function dataLength(initializer: Initializer | undefined): number {
  return initializer ? initializerBytes(initializer) : 0;
}

function modelHead({ nodes }: Graph): Uint8Array {
  const domains = new Set(['', ...nodes.map(({ domain }) => domain)]);
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: BigInt(irVersion),
      producerName: 'audiozoo',
      opsetImport: [...domains].map((domain) => ({
        domain,
        version: BigInt(domain === microsoftDomain ? 1 : opset),
      })),
    }),
  );
}

function nodeProto({ operator, domain, name, inputs, output, attributes }: GraphNode) {
  return create(NodeProtoSchema, {
    opType: operator,
    domain,
    name,
    input: inputs.map((edge) => edge.name),
    output: [output.name],
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  });
}

function attributeProto(name: string, value: Attribute) {
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  }
  if ('int' in value) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INT,
      i: BigInt(value.int),
    });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INTS,
    ints: value.ints.map(BigInt),
  });
}

function valueInfo({ name, dtype, shape }: Edge) {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: { case: 'tensorType', value: { elemType: onnxDType[dtype], shape: { dim: dimensions(shape) } } },
    },
  });
}

function dimensions(shape: Shape) {
  return shape.map((size) =>
    size < 0
      ? { value: { case: 'dimParam' as const, value: dimensionName(size) } }
      : { value: { case: 'dimValue' as const, value: BigInt(size) } },
  );
}

/** The tag and length before a field of bytes. */
function prefix(field: number, length: number): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish();
}

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
