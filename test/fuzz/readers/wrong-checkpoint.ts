// A checkpoint with names and shapes gone wrong.

import fc from 'fast-check';
import { stateDictArchive } from '../../../packages/converters/test/torch-archive.js';

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** No tensor of a case is larger, whatever its shape says. */
const mostElements = 100_000;

/** A file of torch.save with tensors of these names and shapes, but for a few. */
export function wrongCheckpoint(shapes: Shapes): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    which: fc.nat(Object.keys(shapes).length - 1),
    prefix: fc.constantFrom('', 'model.', 'module.', 'state_dict.', 'net.ast_mdl.', 'x'.repeat(900)),
    suffix: fc.constantFrom('', '.extra', '0', '999'),
    shape: fc.option(fc.array(fc.constantFrom(0, 1, 2, 8, 16, 24, 1000), { maxLength: 5 })),
    isLeftOut: fc.boolean(),
  });
  return fc.array(change, { maxLength: 4 }).map((changes) => {
    const tensors = Object.entries(shapes);
    for (const { which, prefix, suffix, shape, isLeftOut } of changes) {
      const at = which % tensors.length;
      const [name, own] = tensors[at]!;
      if (isLeftOut) tensors.splice(at, 1);
      else tensors[at] = [`${prefix}${name}${suffix}`, shape ?? own];
      if (tensors.length === 0) break;
    }
    return stateDictArchive(
      Object.fromEntries(
        tensors.map(([name, shape]) => {
          const count = shape.reduce((product, size) => product * size, 1);
          return [name, { shape: [...shape], data: new Float32Array(Math.min(count, mostElements)) }];
        }),
      ),
    );
  });
}
