// onnxruntime on this machine. It is loaded with the first model, not with this module: whoever only imports the
// backend does not pay for it.

import type { Backend } from '@audiozoo/core';
import { abortable } from './abortable.js';
import { loadedModel } from './loaded-model.js';
import { openSessions } from './open-sessions.js';
import { checkOptions, type OnnxruntimeNodeOptions } from './options.js';

/**
 * Runs models with onnxruntime-node, in threads of their own. Throws an `argument` error on options that make no
 * sense; `load` throws a `device` error that names what is missing when the device is not there, and runs reject with
 * a `runtime` error when their thread has ended.
 */
export function onnxruntimeNode(options: OnnxruntimeNodeOptions = {}): Backend {
  checkOptions(options);
  return {
    name: 'onnxruntime-node',
    async load(model, weights, loadOptions) {
      const { signal } = loadOptions;
      signal?.throwIfAborted();
      const opening = openSessions(options, model, weights, loadOptions);
      try {
        const { sessions, device } = await abortable(opening, signal);
        return loadedModel(sessions, device, model, loadOptions);
      } catch (error) {
        opening.then(({ sessions }) => sessions.close()).catch(() => {}); // the first error is the one to tell of
        throw error;
      }
    },
  };
}
