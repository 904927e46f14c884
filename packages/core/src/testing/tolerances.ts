// How far results may be from their references, in one place.

/** Log-mel features against torchaudio in float64: the largest and the mean absolute difference. */
export const featureTolerance = { maximum: 1e-3, mean: 2e-5 } as const;

/** Logits and embeddings against the official code: the largest absolute difference, on every backend. */
export const logitTolerance = { float32: 1e-4, float16: 5e-3 } as const;

/**
 * One operation against the reference, as a share of `max(1, largest expected magnitude)`; `int8`: with weights
 * stored so, whose inputs backends may quantize too.
 */
export const operationTolerance = { float32: 1e-5, float16: 5e-3, int8: 2e-2 } as const;
