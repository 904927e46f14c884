// A process that loads a model's files by its name, as people's programs do: node … hub-process.mjs NAME. Prints the
// SHA-256 of each. Plain JavaScript on the built packages, as theirs are.

import { createHash } from 'node:crypto';
import { openFiles } from '@audiozoo/core/files';

const files = await openFiles(process.argv[2]);
for (const name of ['config.json', 'preprocessor_config.json', 'model.safetensors']) {
  const source = await files.open(name);
  const bytes = await source.read(0, source.size);
  await source.close();
  console.log(createHash('sha256').update(bytes).digest('hex'));
}
