import type { Parameter, Shape } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';

/** A table of a front end inside a model: derived of no weights, so that to a backend it is one like any. */
export const waveformParameter = (name: string, shape: Shape, compute: () => Float32Array): Parameter =>
  parameter(`waveform.${name}`, shape, { fullPrecision: true, derived: { from: [], compute } });
