import type { Backend } from '../backend/backend.js';
import { AudiozooError } from '../errors.js';
import type { AnyModel } from '../model/model.js';
import { canDo, checkMethod } from './check-method.js';
import { describeValue } from './describe-value.js';

/** Throws an `argument` error unless these are model plug-ins. */
export function checkModels(models: unknown): asserts models is readonly AnyModel[] {
  const expected = 'a list of model plug-ins, such as [ast] of @audiozoo/ast';
  if (!Array.isArray(models)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'models is no list',
      option: 'models',
      expected,
      got: canDo(models, 'build') ? 'one without a list around it' : describeValue(models),
    });
  }
  for (const model of models) checkMethod('one of the models', model, 'build', expected);
}

/** Throws an `argument` error unless it is a backend. */
export function checkBackend(backend: unknown): asserts backend is Backend {
  checkMethod('backend', backend, 'load', 'what a function such as `onnxruntimeNode()` gives');
}
