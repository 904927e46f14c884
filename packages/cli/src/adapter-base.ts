// The model that an adapter was trained on, where its folder is still there.

import { openFiles } from '@audiozoo/core/files';
import { readJson } from '@audiozoo/core/plugin';
import { isFolder } from './folder.js';

/** The folder that adapter_config.json in `path` names as its base; undefined where it names none that is here. */
export async function findBase(path: string): Promise<string | undefined> {
  if (!(await isFolder(path))) return undefined;
  const adapter = await readJson(await openFiles(path), 'adapter_config.json');
  const base = adapter?.base_model_name_or_path;
  return typeof base === 'string' && (await isFolder(base)) ? base : undefined;
}
