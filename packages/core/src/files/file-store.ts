// Files of a model, wherever they are.

import { AudiozooError } from '../errors.js';
import type { ByteSource } from './byte-source.js';

/** Files by name, wherever they are: a folder, dropped files, a server. */
export interface FileStore {
  /** What to call it in messages. */
  readonly name: string;
  /** The file, or undefined when it is not there. `name` is one file name, never a path. */
  open(name: string): Promise<ByteSource | undefined>;
}

export function notThere(files: FileStore, name: string): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: `${files.name} is not a model directory: ${name} is not there`,
    expected: 'config.json and model.safetensors (or model.safetensors.index.json)',
    hint: 'Convert a PyTorch checkpoint, or name the folder that holds these files.',
    details: { missing: name },
  });
}
