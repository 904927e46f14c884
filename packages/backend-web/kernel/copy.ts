// Numbers from places with regular steps to others: transposing, slicing, joining, repeating and cutting patches are
// all this.

import { floats } from './arithmetic';
import { copyRank } from './layout';
import { takePiece } from './teamwork';

/** Innermost runs of a piece of work. */
const pieceRuns = 64;

/** `sizes` is the address of `copyRank` sizes, followed by as many steps of the source and of the target, in elements. */
export function copy(source: usize, target: usize, sizes: usize): void {
  const sourceSteps = sizes + floats(copyRank);
  const targetSteps = sourceSteps + floats(copyRank);
  const inner = copyRank - 1;
  const count = load<i32>(sizes + floats(inner));
  const sourceStep = load<i32>(sourceSteps + floats(inner));
  const targetStep = load<i32>(targetSteps + floats(inner));
  let runs = 1;
  for (let axis = 0; axis < inner; axis++) runs *= load<i32>(sizes + floats(axis));
  const pieces = (runs + pieceRuns - 1) / pieceRuns;
  for (let piece = takePiece(); piece < pieces; piece = takePiece()) {
    for (let run = piece * pieceRuns; run < min(runs, (piece + 1) * pieceRuns); run++) {
      let from = source;
      let to = target;
      let rest = run;
      for (let axis = inner - 1; axis >= 0; axis--) {
        const size = load<i32>(sizes + floats(axis));
        const index = rest % size;
        rest /= size;
        from += floats(index * load<i32>(sourceSteps + floats(axis)));
        to += floats(index * load<i32>(targetSteps + floats(axis)));
      }
      if (sourceStep === 1 && targetStep === 1) {
        memory.copy(to, from, floats(count));
      } else {
        for (let index = 0; index < count; index++) {
          store<f32>(to + floats(index * targetStep), load<f32>(from + floats(index * sourceStep)));
        }
      }
    }
  }
}
