import type { Settings } from '@audiozoo/core';
import { models } from './models.js';

/** What can be said of a checkpoint of a model, by its type; it comes when somebody asks. */
export async function checkpointSettings(type: string): Promise<Settings> {
  const model = await models.find((model) => model.type === type)?.load();
  const known = model?.foreignCheckpoint;
  const { settings = {} } = (typeof known === 'function' ? await known() : known) ?? {};
  return settings;
}
