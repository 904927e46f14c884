import { AudiozooError } from '@audiozoo/core';

/** Throws a `runtime` error unless all logits are finite: what is ranked by NaN means nothing. */
export function checkFinite(logits: Float32Array): void {
  if (logits.every(Number.isFinite)) return;
  throw new AudiozooError({
    code: 'runtime',
    what: "the model's output is not finite",
    expected: 'finite logits',
    mend: 'The weights may be damaged, or too large for the precision: try --precision float32.',
  });
}
