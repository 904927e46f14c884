// `--config`: the config.json of weights that were saved without it, and what lies beside it.

import { basename, dirname } from 'node:path';
import { AudiozooError, type ForeignCheckpointOptions } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { readJson, readPreprocessorConfig } from '@audiozoo/core/plugin';
import { isFolder } from './folder.js';

/** Reads a config.json, or that of a folder, and the preprocessor's where there is one. */
export async function readConfigFiles(
  path: string,
): Promise<Pick<ForeignCheckpointOptions, 'config' | 'preprocessorConfig'>> {
  const isInFolder = await isFolder(path);
  const folder = isInFolder ? path : dirname(path);
  const files = (await isFolder(folder)) ? await openFiles(folder) : undefined;
  const config = files && (await readJson(files, isInFolder ? 'config.json' : basename(path)));
  if (!files || !config) {
    throw new AudiozooError({
      code: 'file',
      what: `${path} holds no config`,
      expected: 'a config.json of Hugging Face, or the folder that it lies in',
      hint: 'Take the file from where the model came from.',
    });
  }
  const preprocessorConfig = await readPreprocessorConfig(files);
  return { config, ...(preprocessorConfig && { preprocessorConfig }) };
}
