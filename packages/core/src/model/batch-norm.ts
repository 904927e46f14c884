// Batch norms as trained models keep them. What one does to a channel is a factor and a shift, which are known with the
// weights: two vectors, or folded into the layer in front of it.

import { type Shape, sameShape } from '../tensors/shape.js';
import { type Parameter, parameter } from './parameter.js';

/** As `torch.nn.BatchNorm2d` in evaluation. */
export interface BatchNorm {
  /** What the file holds of it; the values below are in this order. */
  readonly from: readonly Parameter[];
  factor(values: readonly Float32Array[], channel: number): number;
  shift(values: readonly Float32Array[], channel: number): number;
  readonly epsilon: number;
  readonly momentum: number;
}

/** `momentum` is what a batch counts for while the norm trains; PyTorch's usual tenth when absent. */
export function batchNorm(name: string, channels: number, epsilon: number, momentum = 0.1): BatchNorm {
  const parts = ['weight', 'bias', 'running_mean', 'running_var'];
  const factor: BatchNorm['factor'] = ([weight, , , variance], channel) =>
    weight![channel]! / Math.sqrt(variance![channel]! + epsilon);
  return {
    from: parts.map((part) => parameter(`${name}.${part}`, [channels])),
    ...{ factor, epsilon, momentum },
    shift: (values, channel) => values[1]![channel]! - values[2]![channel]! * factor(values, channel),
  };
}

/** What `name`'s batch norm multiplies each mel band by and then adds. float16 could not tell decibels apart. */
export function bandNorm(
  name: string,
  bands: number,
  epsilon: number,
): Record<'factor' | 'shift', Parameter> {
  const norm = batchNorm(name, bands, epsilon);
  const part = (which: 'factor' | 'shift') =>
    parameter(`${name}.${which}`, [bands], {
      fullPrecision: true,
      derived: {
        from: norm.from,
        compute: (values) => values[0]!.map((_, band) => norm[which](values, band)),
      },
    });
  return { factor: part('factor'), shift: part('shift') };
}

/**
 * A layer [out, ...] and the batch norm behind it as one with a bias: its weight in `shape`, the stored one's when absent,
 * which has as many elements.
 */
export function foldBatchNorm(
  { weight, bias }: { readonly weight: Parameter; readonly bias?: Parameter },
  norm: BatchNorm,
  shape: Shape = weight.shape,
): { readonly weight: Parameter; readonly bias: Parameter } {
  const name = weight.name.replace(/\.weight$/, '.folded');
  const channels = weight.shape[0]!;
  const [scale, shift, mean, variance] = norm.from as [Parameter, Parameter, Parameter, Parameter];
  const trainsApart = !bias && weight.shape.length === 4 && sameShape(shape, weight.shape);
  /** What belongs to a channel, times that channel's factor: the norm itself stays as it is while the layer trains. */
  const timesFactors = (layer: Float32Array, values: readonly Float32Array[]) => {
    const size = layer.length / channels;
    return layer.map((value, index) => value * norm.factor(values, Math.floor(index / size)));
  };
  return {
    weight: parameter(`${name}.weight`, shape, {
      derived: {
        from: [weight, ...norm.from],
        compute: ([weight, ...values]) => timesFactors(weight!, values),
        gradients: [(dy, [, ...values]) => timesFactors(dy, values)],
        ...(trainsApart && {
          batchNorm: {
            ...{ weight, scale, shift, mean, variance, foldedBias: `${name}.bias` },
            ...{ epsilon: norm.epsilon, momentum: norm.momentum },
          },
        }),
      },
    }),
    bias: parameter(`${name}.bias`, [channels], {
      derived: {
        from: [...norm.from, ...(bias ? [bias] : [])],
        compute: (values) =>
          values[0]!.map((_, channel) => {
            const own = values[norm.from.length]?.[channel] ?? 0;
            return own * norm.factor(values, channel) + norm.shift(values, channel);
          }),
        gradients: [
          ...norm.from.map(() => undefined),
          ...(bias ? [(dy: Float32Array, values: readonly Float32Array[]) => timesFactors(dy, values)] : []),
        ],
      },
    }),
  };
}
