// `linear` in integers, for weights that are stored as int8. The input is quantized as the graph runs, to uint8
// with one scale and one zero point; the sums of products are exact, in int32; then scales make floats of them.

import type { Shape, StoredTensor } from '@audiozoo/core';
import { scaleName } from '@audiozoo/core/plugin';
import { absent, type Edge, type GraphBuilder } from './graph.js';
import { microsoftDomain, type Operators } from './standard.js';

interface QuantizedInput {
  readonly integers: Edge; // uint8, [..., in]
  readonly scale: Edge; // []
  readonly zeroPoint: Edge; // uint8, []
}

export interface IntegerLinears {
  /** An int8 weight [out, in] with its scales [out], as floats: for whatever is no linear. */
  weight(name: string, stored: StoredTensor, scale: StoredTensor): Edge;
  /** Whether an edge is such a weight. */
  has(weight: Edge): boolean;
  /** x [..., in] → [..., out], of the integers: then nothing reads the floats, and the graph leaves them out. */
  linear(x: Edge, weight: Edge, bias: Edge | undefined, scope: string): Edge;
}

export function integerLinears(graph: GraphBuilder, operators: Operators): IntegerLinears {
  const weights = new Map<Edge, { readonly integers: Edge; readonly scale: Edge }>();
  // Several linears read one input: query, key and value. It is quantized once.
  const quantized = new Map<Edge, QuantizedInput>();

  function quantize(x: Edge, scope: string): QuantizedInput {
    const known = quantized.get(x);
    if (known) return known;
    const [integers, scale, zeroPoint] = graph.nodeOf('DynamicQuantizeLinear', { scope, inputs: [x] }, [
      { name: 'integers', dtype: 'uint8', shape: x.shape },
      { name: 'scale', dtype: 'float32', shape: [] },
      { name: 'zero_point', dtype: 'uint8', shape: [] },
    ]);
    const made = { integers: integers!, scale: scale!, zeroPoint: zeroPoint! };
    quantized.set(x, made);
    return made;
  }

  function weight(name: string, stored: StoredTensor, storedScale: StoredTensor): Edge {
    const { shape } = stored;
    const scaleOfShape = (its: Shape) => graph.initializer(scaleName(name), storedScale, 'float32', its);
    const integers = graph.initializer(name, stored, 'int8', shape);
    const column = scaleOfShape([shape[0]!, 1]);
    const floats = graph.node('Mul', {
      scope: name,
      inputs: [graph.cast(integers, 'float32', name), column],
      shape,
    });
    weights.set(floats, { integers, scale: scaleOfShape(shape.slice(0, 1)) });
    return floats;
  }

  function linear(x: Edge, weight: Edge, bias: Edge | undefined, scope: string): Edge {
    const { integers, scale } = weights.get(weight)!;
    const [outSize, inSize] = integers.shape as readonly number[];
    const input = quantize(x, scope);
    const shape = x.shape.with(-1, outSize!); // [..., out]
    // Runtimes do this once, while they load: the file keeps the weight as every backend reads it.
    const columns = graph.node('Transpose', {
      scope,
      inputs: [integers],
      shape: [inSize!, outSize!],
      attributes: { perm: { ints: [1, 0] } },
    });
    if (operators === 'fused') {
      const parts = [input.integers, columns, input.scale, scale, input.zeroPoint];
      return graph.node('MatMulIntegerToFloat', {
        scope,
        domain: microsoftDomain,
        inputs: bias ? [...parts, absent, bias] : parts,
        shape,
        dtype: 'float32',
      });
    }
    const sums = graph.node('MatMulInteger', {
      scope,
      inputs: [input.integers, columns, input.zeroPoint],
      shape,
      dtype: 'int32',
    });
    const scales = graph.node('Mul', { scope, inputs: [input.scale, scale], shape: [outSize!] });
    const product = graph.node('Mul', { scope, inputs: [graph.cast(sums, 'float32', scope), scales], shape });
    return bias ? graph.node('Add', { scope, inputs: [product, bias], shape }) : product;
  }

  return { weight, has: (edge) => weights.has(edge), linear };
}
