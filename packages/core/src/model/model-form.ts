import { AudiozooError } from '../errors.js';
import type { AnyModel } from './model.js';

/**
 * What a model is given: `features`, which its front end makes outside, or the `waveform` itself, whose features
 * are then computed where the model runs.
 */
export type ModelInput = 'features' | 'waveform';

/** The model in the form that takes such inputs. Throws an `argument` error when it has none. */
export async function modelForm(model: AnyModel, input: ModelInput): Promise<AnyModel> {
  if (input === 'features') return model;
  if (input === 'waveform' && model.waveform) return model.waveform(model);
  const expected = model.waveform ? 'features or waveform' : 'features';
  throw new AudiozooError({
    code: 'argument',
    what: `${model.type} has no such input`,
    option: 'input',
    expected,
    got: JSON.stringify(input),
    hint: `Choose ${expected} as \`input\`.`,
  });
}
