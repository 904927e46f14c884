// What goes before the kernels: recording a model, giving its memory addresses, and writing its program down.

import { wasm } from '@audiozoo/backend-web/wasm';
import { type AnyModel, AudiozooError, type Ops } from '@audiozoo/core';
import { parameter, weightsInMemory } from '@audiozoo/core/plugin';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import * as layout from '../src/wasm/layout.js';
import { planActivations } from '../src/wasm/plan.js';
import { encodeProgram, type Step, storagesOf } from '../src/wasm/program.js';
import { type Recording, record } from '../src/wasm/recording.js';
import { type Activation, alignment, bytesOf, type Storage } from '../src/wasm/storage.js';
import { transformer } from './pages/example.js';

function recordModel(model: AnyModel, batch = 1, quantized: readonly string[] = []): Recording {
  const outputs = model.outputs(undefined);
  const inputs = Object.entries(model.inputs(undefined));
  const shapes = Object.fromEntries(inputs.map(([name, { shape }]) => [name, [batch, ...shape]]));
  return record(model, { config: undefined, shapes, quantized: new Set(quantized), outputs });
}

/** A model over x [B, 4, 8] and a weight [8, 8], whose result has the same shape. */
function modelOf(build: <T>(ops: Ops<T>, x: T, weight: T) => T): AnyModel {
  return {
    ...transformer.model,
    parameters: () => ({ weight: parameter('weight', [8, 8], { quantizable: true }) }),
    inputs: () => ({ x: { shape: [4, 8] } }),
    outputs: () => ({ y: { shape: [4, 8] } }),
    build: (ops, { weight }, { x }) => ({ y: build(ops, x!, weight) }),
  };
}

const operationsOf = ({ steps }: Recording) => steps.map(({ operation }) => operation);
const formsOf = ({ steps }: Recording) =>
  steps.flatMap((step) => storagesOf(step).flatMap((each) => (each.kind === 'constant' ? [each.form] : [])));

describe('recording', () => {
  test('a gelu of a linear that nobody else reads is the linear’s own', () => {
    const recording = recordModel(modelOf((ops, x, weight) => ops.gelu(ops.linear(x, weight))));
    expect(operationsOf(recording)).toEqual([layout.linear]);
    expect(recording.steps[0]!.values.at(-1)).toBe(layout.gelu);
  });

  test.each<[string, Parameters<typeof modelOf>[0], number[]]>([
    [
      'whose input is read again',
      (ops, x, weight) => {
        const y = ops.linear(x, weight);
        return ops.add(ops.gelu(y), y);
      },
      [layout.linear, layout.gelu, layout.add],
    ],
    [
      'of a gelu',
      (ops, x, weight) => ops.gelu(ops.gelu(ops.linear(x, weight))),
      [layout.linear, layout.gelu],
    ],
    [
      'of a part',
      (ops, x, weight) => {
        const part = ops.gelu(ops.slice(ops.linear(x, weight), 1, 2, 4));
        return ops.concat([part, part], 1);
      },
      [layout.linear, layout.gelu, layout.copy, layout.copy],
    ],
  ])('a gelu %s stays one', (_, build, operations) => {
    expect(operationsOf(recordModel(modelOf(build)))).toEqual(operations);
  });

  test('an output is not fused away', () => {
    const model: AnyModel = {
      ...modelOf((_, x) => x),
      outputs: () => ({ y: { shape: [4, 8] }, z: { shape: [4, 8] } }),
      build(ops, { weight }, { x }) {
        const y = ops.linear(x!, weight);
        return { y, z: ops.gelu(y) };
      },
    };
    expect(operationsOf(recordModel(model))).toEqual([layout.linear, layout.gelu]);
  });

  test('transposing, slicing and repeating move nothing until somebody reads', () => {
    const there = recordModel(modelOf((ops, x) => ops.transpose(ops.transpose(x, [0, 2, 1]), [0, 2, 1])));
    expect(there.steps).toEqual([]);
    const slices = recordModel(modelOf((ops, x) => ops.add(x, ops.slice(x, 2, 3, 4))));
    expect(operationsOf(slices)).toEqual([layout.copy, layout.add]);
  });

  test('reshaping moves nothing where axes only fall apart or come together', () => {
    const turned = modelOf((ops, x) => {
      const parts = ops.reshape(ops.transpose(x, [0, 2, 1]), [-1, 2, 4, 4]);
      return ops.reshape(ops.transpose(parts, [0, 3, 1, 2]), [-1, 4, 8]);
    });
    expect(recordModel(turned).steps).toEqual([]);
    const mixed = modelOf((ops, x) => ops.reshape(ops.transpose(x, [0, 2, 1]), [-1, 4, 8]));
    expect(operationsOf(recordModel(mixed))).toEqual([layout.copy]);
  });

  test('what hangs on no order is done in the order that memory has', () => {
    const model = modelOf((ops, x) => {
      const turned = ops.transpose(x, [0, 2, 1]);
      const mean = ops.reshape(ops.mean(turned, 2), [-1, 8, 1]);
      return ops.transpose(ops.multiply(ops.gelu(turned), mean), [0, 2, 1]);
    });
    expect(operationsOf(recordModel(model))).toEqual([layout.mean, layout.gelu, layout.multiply]);
  });

  test('nothing is moved between convolutions, and activations are theirs', () => {
    const convolve = { stride: [1, 1], padding: [0, 0] } as const;
    const model: AnyModel = {
      ...modelOf((_, x) => x),
      parameters: () => ({
        expand: parameter('expand', [16, 8, 1, 1]),
        depthwise: parameter('depthwise', [16, 1, 3, 3]),
        squeeze: parameter('squeeze', [16, 16]),
        project: parameter('project', [8, 16, 1, 1]),
      }),
      inputs: () => ({ x: { shape: [4, 6, 8] } }),
      outputs: () => ({ y: { shape: [4, 6, 8] } }),
      build(ops, { expand, depthwise, squeeze, project }, { x }) {
        const image = ops.transpose(x!, [0, 3, 1, 2]);
        const wide = ops.hardswish(ops.conv2d(image, expand, undefined, convolve));
        const options = { stride: [1, 1], padding: [1, 1], groups: 16 } as const;
        const mixed = ops.relu(ops.conv2d(wide, depthwise, undefined, options));
        const means = ops.mean(ops.mean(mixed, 3), 2);
        const shares = ops.reshape(ops.sigmoid(ops.linear(means, squeeze)), [-1, 16, 1, 1]);
        const narrow = ops.conv2d(ops.multiply(mixed, shares), project, undefined, convolve);
        return { y: ops.transpose(ops.add(image, narrow), [0, 2, 3, 1]) };
      },
    };
    const { linear, depthwise, mean, multiply, add } = layout;
    const operations = [linear, depthwise, mean, mean, linear, multiply, linear, add];
    expect(operationsOf(recordModel(model))).toEqual(operations);
  });

  test('a weight is kept in the forms that are read, and in no other', () => {
    const twice = modelOf((ops, x, weight) => ops.linear(ops.linear(x, weight), weight));
    expect(new Set(formsOf(recordModel(twice)))).toEqual(new Set(['packed']));
    expect(new Set(formsOf(recordModel(twice, 1, ['weight'])))).toEqual(new Set(['integers']));
    const added = modelOf((ops, x, weight) => ops.add(ops.linear(x, weight), ops.slice(weight, 0, 0, 4)));
    expect(new Set(formsOf(recordModel(added)))).toEqual(new Set(['packed', 'plain']));
  });

  test('int8 whose channels are mixed up is read as floats', () => {
    const mixed = modelOf((ops, x, weight) =>
      ops.reshape(ops.linear(ops.reshape(x, [-1, 8, 4]), ops.reshape(weight, [16, 4])), [-1, 16, 8]),
    );
    const model = { ...mixed, outputs: () => ({ y: { shape: [16, 8] } }) };
    expect(formsOf(recordModel(model, 1, ['weight']))).toEqual(['packed']);
  });

  test('int8 of more columns than integers hold sums of is read as floats', () => {
    const formOf = (columns: number) => {
      const model: AnyModel = {
        ...transformer.model,
        parameters: () => ({ weight: parameter('weight', [8, columns], { quantizable: true }) }),
        inputs: () => ({ x: { shape: [columns] } }),
        outputs: () => ({ y: { shape: [8] } }),
        build: (ops, { weight }, { x }) => ({ y: ops.linear(x!, weight) }),
      };
      return formsOf(recordModel(model, 1, ['weight']));
    };
    expect(formOf(132_104)).toContain('integers');
    expect(formOf(132_105)).toEqual(['packed']);
  });

  test('an output of another shape than declared is refused', () => {
    expect(() => recordModel(modelOf((ops, x) => ops.transpose(x, [0, 2, 1])))).toThrow(
      /does not build the output y.*expected \[1, 4, 8\], got \[1, 8, 4\]/,
    );
  });

  test('operations refuse tensors that do not fit, by name', () => {
    expect(() => recordModel(modelOf((ops, x, weight) => ops.matmul(x, weight)))).toThrow(
      /matmul got tensors that do not fit/,
    );
    expect(() => recordModel(modelOf((ops, x) => ops.concat([x, ops.mean(x, 1)], 2)))).toThrow(
      /concat got tensors that do not fit/,
    );
  });
});

describe('programs', () => {
  test.each([1, 3])('read back as the steps they were (batch %i)', (batch) => {
    const { steps } = recordModel(transformer.model, batch);
    const storages = [...new Set(steps.flatMap(storagesOf))];
    const addressOf = (storage: Storage) => 1024 * (1 + storages.indexOf(storage));
    const words = encodeProgram(steps, addressOf);

    const records: Int32Array[] = [];
    for (let at = 0; at < words.length; at += words[at + 1]!)
      records.push(words.slice(at, at + words[at + 1]!));
    expect(records.at(-1)).toEqual(Int32Array.of(layout.end, 2));
    expect(records.slice(0, -1).map(([operation]) => operation)).toEqual(
      steps.map(({ operation }) => operation),
    );
    steps.forEach(({ values }, index) => {
      const record = records[index]!;
      const floats = new Float32Array(record.buffer);
      expect(record.length).toBe(values.length + 2);
      values.forEach((value, place) => {
        if (typeof value === 'number') expect(record[place + 2]).toBe(value);
        else if ('float' in value) expect(floats[place + 2]).toBe(Math.fround(value.float));
        else expect(record[place + 2]).toBe(addressOf(value.storage) + value.offset);
      });
    });
  });

  test('hold addresses beyond 2 GiB as WebAssembly reads them', () => {
    const [first] = recordModel(modelOf((ops, x) => ops.gelu(x))).steps;
    expect(encodeProgram([first!], () => 3 * 2 ** 30)[2]! >>> 0).toBe(3 * 2 ** 30);
  });
});

describe('memory', () => {
  /** Activations of random sizes, each made of some before it, perhaps in place. */
  const randomSteps = fc
    .array(
      fc.record({
        elements: fc.integer({ min: 1, max: 100 }),
        reads: fc.array(fc.nat(), { maxLength: 3 }),
        inPlace: fc.boolean(),
      }),
      { minLength: 1, maxLength: 30 },
    )
    .map((descriptions) => {
      const made: Activation[] = [{ kind: 'activation', elements: 50 }];
      const steps = descriptions.map(({ elements, reads, inPlace }): Step => {
        const sources = reads.map((read) => made[read % made.length]!);
        const [first] = sources;
        const isInPlace = inPlace && first !== undefined;
        const target: Activation = { kind: 'activation', elements: isInPlace ? first.elements : elements };
        made.push(target);
        return {
          operation: layout.gelu,
          values: [...sources, target].map((storage) => ({ storage, offset: 0 })),
          target,
          replaceable: isInPlace ? [first] : [],
          scratch: 0,
        };
      });
      return { steps, made };
    });

  test('holds nothing that is still read where something else is written', () => {
    fc.assert(
      fc.property(randomSteps, fc.nat(), ({ steps, made }, outputIndex) => {
        const output = made[outputIndex % made.length]!;
        const { addresses, bytes } = planActivations(steps, { inputs: [made[0]!], outputs: [output] });
        // Who wrote a byte last: played through, every read finds its own.
        const owners = new Array<Storage | undefined>(bytes);
        const bytesAt = (storage: Storage) => {
          const address = addresses.get(storage as Activation)!;
          return { start: address, end: address + bytesOf(storage) };
        };
        const write = (storage: Storage) => {
          const { start, end } = bytesAt(storage);
          expect(start % alignment).toBe(0);
          expect(end).toBeLessThanOrEqual(bytes);
          owners.fill(storage, start, end);
        };
        const isThere = (storage: Storage) => {
          const { start, end } = bytesAt(storage);
          return owners.slice(start, end).every((owner) => owner === storage);
        };
        write(made[0]!);
        for (const step of steps) {
          const sources = storagesOf(step).filter((each) => each !== step.target);
          expect(sources.every(isThere)).toBe(true);
          const [target, ...others] = [step.target, ...sources].map(bytesAt);
          for (const [index, other] of others.entries()) {
            const isApart = target!.end <= other.start || other.end <= target!.start;
            expect(isApart || step.replaceable.includes(sources[index]!)).toBe(true);
          }
          write(step.target);
        }
        expect(isThere(output)).toBe(true);
      }),
    );
  });

  test('is used again: depth takes no more', () => {
    const bytesAtDepth = (depth: number) => {
      const { steps, inputs, outputs } = recordModel(
        modelOf((ops, x, weight) => {
          let y = x;
          for (let layer = 0; layer < depth; layer++) y = ops.linear(ops.gelu(y), weight);
          return y;
        }),
      );
      const kept = [...outputs.values()].map(({ storage }) => storage);
      return planActivations(steps, { inputs: inputs.values(), outputs: kept }).bytes;
    };
    expect(bytesAtDepth(20)).toBe(bytesAtDepth(3));
  });

  test('what is added to itself in part is not written over meanwhile', () => {
    const { steps } = recordModel(modelOf((ops, x) => ops.add(ops.gelu(x), ops.slice(ops.gelu(x), 1, 0, 1))));
    const own = recordModel(
      modelOf((ops, x) => {
        const y = ops.gelu(x);
        return ops.add(y, ops.slice(y, 1, 0, 1));
      }),
    ).steps;
    expect(steps.at(-1)!.replaceable).toHaveLength(1);
    expect(own.at(-1)!.replaceable).toHaveLength(0);
  });
});

describe('options', () => {
  test.each([0, 1.5, -1])('%d threads are refused at once', (threads) => {
    expect(() => wasm({ threads })).toThrow(/expected a whole number from 1/);
  });

  test('a place without workers is refused with what to do', async () => {
    const noModules = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    onTestFinished(() => noModules.mockRestore());
    const { model, weights } = transformer;
    const load = wasm().load(model, weightsInMemory(weights), { config: undefined });
    const error = await load.catch((error) => error);
    expect(AudiozooError.isInstance(error, 'device')).toBe(true);
    expect(error.message).toMatch(
      /cannot run here.*workers of the web, or threads of Node.*Run them in a browser/,
    );
  });
});
