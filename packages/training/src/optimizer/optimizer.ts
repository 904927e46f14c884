// Adam and AdamW as PyTorch has them, over parameters that lie anywhere: pieces of them are copied to where the kernel
// works, small enough to stay in the processor's cache on the way. Means and squares lie there always.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import { optimizerKernel } from './kernel.js';

export interface OptimizerOptions {
  /** `adam` adds the decay to gradients, as `torch.optim.Adam`; `adamw` takes it off the weights. `adam` when absent. */
  readonly kind?: 'adam' | 'adamw' | undefined;
  /** How much of means and squares each step keeps; 0.9 and 0.999 when absent. */
  readonly betas?: readonly [number, number] | undefined;
  /** 1e-8 when absent. */
  readonly epsilon?: number | undefined;
  /** 0 when absent. */
  readonly weightDecay?: number | undefined;
  /** Which parameters the decay is for; all when absent. */
  readonly decays?: ((name: string) => boolean) | undefined;
}

const optionKinds = {
  kind: { choices: ['adam', 'adamw'] },
  betas: 'list',
  epsilon: 'number',
  weightDecay: 'number',
  decays: 'function',
} as const satisfies OptionKinds<OptimizerOptions>;

export interface UpdateOptions {
  /** The learning rate, of all or of each by name. */
  readonly rate: number | ((name: string) => number);
  /** Gradients whose norm, all of them together, is larger are scaled down to it. As `torch.nn.utils.clip_grad_norm_`. */
  readonly clipNorm?: number | undefined;
}

/** What an optimizer remembers, to be stored and restored: the same bits follow. */
export interface OptimizerState {
  /** Updates so far. */
  readonly steps: number;
  readonly means: ReadonlyMap<string, Float32Array>;
  readonly squares: ReadonlyMap<string, Float32Array>;
}

type Parameters = ReadonlyMap<string, Float32Array>;

export interface Optimizer {
  /** Changes weights in place. Returns the norm of all gradients together, before it is clipped. */
  update(weights: Parameters, gradients: Parameters, options: UpdateOptions): number;
  /** A copy. */
  state(): OptimizerState;
  /** Throws an `argument` error on the state of other parameters. */
  restore(state: OptimizerState): void;
}

/** Numbers that are worked on at a time: 64 KiB of each kind. */
const pieceLength = 16384;

/** For parameters of these lengths. Throws an `argument` error on options that make no sense. */
export function createOptimizer(
  lengths: ReadonlyMap<string, number>,
  options: OptimizerOptions = {},
): Optimizer {
  checkOptimizer(options);
  const { kind = 'adam', betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
  const { decays = () => true } = options;
  const [beta1, beta2] = betas;

  // Two pieces to work in, then means and squares of each parameter, at multiples of a vector.
  const weightsAt = 0;
  const gradientsAt = 4 * pieceLength;
  let end = 8 * pieceLength;
  const places = new Map<
    string,
    { readonly length: number; readonly means: number; readonly squares: number }
  >();
  for (const [name, length] of lengths) {
    const bytes = 16 * Math.ceil(length / 4);
    places.set(name, { length, means: end, squares: end + bytes });
    end += 2 * bytes;
  }
  const kernel = optimizerKernel(end);
  const numbers = (at: number, length: number) => new Float32Array(kernel.memory.buffer, at, length);
  const weightsPiece = numbers(weightsAt, pieceLength);
  const gradientsPiece = numbers(gradientsAt, pieceLength);
  let steps = 0;

  /** Brings a piece to where the kernel works, and returns its length. */
  function loadGradient(gradient: Float32Array, start: number): number {
    const piece = gradient.subarray(start, start + pieceLength);
    gradientsPiece.set(piece);
    gradientsPiece.fill(0, piece.length, piece.length + 3); // vectors end behind the last number
    return piece.length;
  }

  return {
    update(weights, gradients, { rate, clipNorm }) {
      let squared = 0; // always summed in the same order
      for (const [name, { length }] of places) {
        for (let start = 0; start < length; start += pieceLength) {
          squared += kernel.sumOfSquares(gradientsAt, loadGradient(gradients.get(name)!, start));
        }
      }
      const norm = Math.sqrt(squared);
      if (!Number.isFinite(norm)) throw notFinite(places, gradients);
      const factor = clipNorm !== undefined && norm > clipNorm ? clipNorm / norm : 1;
      steps++;
      const correction = 1 / Math.sqrt(1 - beta2 ** steps);
      for (const [name, { length, means, squares }] of places) {
        const [weight, gradient] = [weights.get(name)!, gradients.get(name)!];
        const own = typeof rate === 'number' ? rate : rate(name);
        const decay = decays(name) ? weightDecay : 0;
        const l2 = kind === 'adam' ? decay : 0;
        const shrink = kind === 'adamw' ? 1 - own * decay : 1;
        const step = own / (1 - beta1 ** steps);
        for (let start = 0; start < length; start += pieceLength) {
          const count = loadGradient(gradient, start);
          weightsPiece.set(weight.subarray(start, start + count));
          kernel.adam(
            weightsAt,
            gradientsAt,
            means + 4 * start,
            squares + 4 * start,
            count,
            factor,
            beta1,
            1 - beta1,
            beta2,
            1 - beta2,
            l2,
            shrink,
            step,
            correction,
            epsilon,
          );
          weight.set(weightsPiece.subarray(0, count), start);
        }
      }
      return norm;
    },

    state() {
      const copies = (which: 'means' | 'squares') =>
        new Map(Array.from(places, ([name, place]) => [name, numbers(place[which], place.length).slice()]));
      return { steps, means: copies('means'), squares: copies('squares') };
    },

    restore(state) {
      for (const [name, { length }] of places) {
        for (const which of ['means', 'squares'] as const) {
          const got = state[which].get(name)?.length;
          if (got === length && state[which].size === places.size) continue;
          throw new AudiozooError({
            code: 'argument',
            what: "an optimizer's state is that of other parameters",
            expected: `${length} ${which} of ${name}, and ${places.size} parameters`,
            got: `${got ?? 'none'}, and ${state[which].size} parameters`,
          });
        }
      }
      steps = state.steps;
      for (const [name, place] of places) {
        numbers(place.means, place.length).set(state.means.get(name)!);
        numbers(place.squares, place.length).set(state.squares.get(name)!);
      }
    },
  };
}

function notFinite(names: ReadonlyMap<string, unknown>, gradients: Parameters): AudiozooError {
  const name = [...names.keys()].find((each) => !gradients.get(each)!.every(Number.isFinite));
  return new AudiozooError({
    code: 'runtime',
    what: `the gradient of ${name ?? 'all parameters together'} is not finite`,
    hint: 'Lower the learning rate, or look for inputs that are not finite. The weights are as they were.',
  });
}

function checkOptimizer(options: OptimizerOptions): void {
  checkOptions('the optimizer', options, optionKinds, { path: 'optimizer.' });
  const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
  const refuse = (option: string, expected: string, got: unknown) =>
    new AudiozooError({
      code: 'argument',
      what: `${option} of the optimizer makes no sense`,
      expected,
      got: String(got),
      option: `optimizer.${option}`,
    });
  const areBetas = betas.length === 2 && betas.every((beta) => beta >= 0 && beta < 1);
  if (!areBetas) throw refuse('betas', 'two numbers from 0, below 1', betas);
  if (!(epsilon > 0 && Number.isFinite(epsilon))) throw refuse('epsilon', 'a number above 0', epsilon);
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) {
    throw refuse('weightDecay', 'a number from 0', weightDecay);
  }
}
