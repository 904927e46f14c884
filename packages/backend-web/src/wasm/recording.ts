// A model's forward pass for one batch of one length, as steps: the model's own `build`, run once over operations that
// write down what they are asked for.

import { type AnyModel, AudiozooError, type Shape } from '@audiozoo/core';
import { elementCount, formatShape, resolveParameters, sameShape } from '@audiozoo/core/plugin';
import * as layout from './layout.js';
import { isAddress, type Step, storagesOf } from './program.js';
import { createRecorder } from './recorder.js';
import type { Activation, Storage } from './storage.js';
import { type View, wholeView } from './view.js';

export interface Recording {
  readonly steps: readonly Step[];
  readonly inputs: ReadonlyMap<string, Activation>;
  /** Where each output comes to lie, row by row. */
  readonly outputs: ReadonlyMap<string, View>;
}

export interface RecordOptions {
  readonly config: unknown;
  /** Of the inputs, the batch in front. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Names of weights stored as int8 whose integers linears multiply. */
  readonly quantized: ReadonlySet<string>;
  /** Names and shapes of all that is computed of the longest inputs. */
  readonly outputs: Readonly<Record<string, { readonly shape: readonly number[] }>>;
}

/** Records what a run of inputs of these shapes computes. Throws a `shape` error when operations or outputs do not fit. */
export function record(model: AnyModel, { config, shapes, quantized, outputs }: RecordOptions): Recording {
  const recorder = createRecorder();
  const weights = resolveParameters(model.parameters(config), ({ name, shape }) => {
    const [rows = 1] = shape;
    const columns = elementCount(shape) / rows;
    const isQuantized = quantized.has(name);
    return wholeView({ kind: 'constant', parameter: name, form: 'plain', rows, columns, isQuantized }, shape);
  });
  const isLongest = Object.entries(model.inputs(config)).every(([name, { shape }]) =>
    sameShape(shapes[name]!.slice(1), shape),
  );
  const given = Object.entries(shapes).map(([name, shape]) => {
    const storage: Activation = { kind: 'activation', elements: elementCount(shape) };
    return { name, storage, view: wholeView(storage, shape) };
  });
  const inputs = Object.fromEntries(given.map(({ name, view }) => [name, view]));
  const built = model.build(recorder.ops, weights, inputs, config, new Set(Object.keys(outputs)));

  const results = Object.entries(outputs).map(([name, specification]): [string, View] => {
    const [batch = 1] = Object.values(shapes)[0] ?? [];
    const expected = [batch, ...specification.shape];
    const view: View | undefined = built[name];
    if (view && (sameShape(view.shape, expected) || !isLongest)) return [name, recorder.dense(view)];
    throw new AudiozooError({
      code: 'shape',
      what: `${model.type} does not build the output ${name} that it declares`,
      expected: formatShape(expected),
      got: view ? formatShape(view.shape) : 'none',
      hint: "Make the model's `outputs` and `build` agree.",
    });
  });
  return {
    steps: fuseActivations(
      recorder.steps,
      results.map(([, { storage }]) => storage),
    ),
    inputs: new Map(given.map(({ name, storage }) => [name, storage])),
    outputs: new Map(results),
  };
}

const layers: readonly number[] = [layout.linear, layout.integerLinear, layout.depthwise];
const activations: readonly number[] = [
  layout.gelu,
  layout.relu,
  layout.sigmoid,
  layout.tanh,
  layout.hardswish,
];

/** Has layers apply the activation of what only that reads: one pass over memory less. */
function fuseActivations(steps: readonly Step[], outputs: readonly Storage[]): readonly Step[] {
  const uses = new Map<Storage, number>();
  for (const storage of [...steps.flatMap(storagesOf), ...outputs]) {
    uses.set(storage, (uses.get(storage) ?? 0) + 1);
  }
  const fused: Step[] = [];
  const places = new Map<Storage, number>();
  for (const step of steps) {
    const [source] = storagesOf(step);
    // Of all that the layer makes, not of a part.
    const isAlone =
      activations.includes(step.operation) && uses.get(source!) === 2 && step.replaceable.includes(source!);
    const at = isAlone ? places.get(source!) : undefined;
    const before = at === undefined ? undefined : fused[at]!;
    const isLayer = before && layers.includes(before.operation);
    if (isLayer && before.values.at(-1) === layout.noActivation) {
      fused[at!] = withActivation(before, step);
      places.set(step.target, at!);
    } else {
      places.set(step.target, fused.push(step) - 1);
    }
  }
  return fused;
}

function withActivation(step: Step, { operation, target }: Step): Step {
  const values = step.values.map((value) =>
    isAddress(value) && value.storage === step.target ? { storage: target, offset: 0 } : value,
  );
  return { ...step, target, values: values.with(-1, operation) };
}
