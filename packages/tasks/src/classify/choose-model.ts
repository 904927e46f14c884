// Which of several models reads a model directory: told by the `model_type` of its config.json.

import { type AnyModel, AudiozooError } from '@audiozoo/core';
import { canDo, checkModels, preview } from '@audiozoo/core/plugin';

/** Where a model plug-in comes from, so that its code is loaded when a model directory of its `type` is met. */
export interface ModelLoader {
  /** As `Model.type`. */
  readonly type: string;
  readonly load: () => Promise<AnyModel>;
}

/** What `models` are lists of. */
export type ModelChoice = AnyModel | ModelLoader;

/** Throws an `argument` error unless these are model plug-ins or say how to load them. */
export function checkModelChoices(models: unknown): asserts models is readonly ModelChoice[] {
  checkModels(Array.isArray(models) ? models.filter((model) => !isLoader(model)) : models);
}

/** The plug-in for a `model_type`. Throws a `model` error that names those there are. */
export function chooseModel<Choice extends ModelChoice>(models: readonly Choice[], type: unknown): Choice {
  checkModelChoices(models);
  const model = models.find((candidate) => candidate.type === type);
  if (model) return model;
  throw new AudiozooError({
    code: 'model',
    what: 'no plug-in reads this kind of model',
    expected: `a model_type in config.json of ${models.map((candidate) => candidate.type).join(', ') || 'none'}`,
    got: preview(type),
    hint: 'Pass the plug-in that reads it in `models`.',
    option: 'models',
  });
}

/** The plug-in itself. Throws an `argument` error where what is loaded is none. */
export async function loadedPlugin(model: ModelChoice): Promise<AnyModel> {
  const loaded = isLoader(model) ? await model.load() : model;
  checkModels([loaded]);
  return loaded;
}

/** The same for several. */
export function loadedPlugins(models: readonly ModelChoice[]): Promise<readonly AnyModel[]> {
  return Promise.all(models.map(loadedPlugin));
}

function isLoader(model: unknown): model is ModelLoader {
  return canDo(model, 'load') && typeof (model as { readonly type?: unknown }).type === 'string';
}
