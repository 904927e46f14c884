// onnxruntime on this machine. It is loaded with the first model, not with this module: whoever only imports the
// backend does not pay for it.

import type { Backend } from '@audiozoo/core';
import { loadedModel } from '@audiozoo/core/plugin';
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
    anyLength: true,
    load: (model, weights, loadOptions) =>
      loadedModel(model, loadOptions, () => openSessions(options, model, weights, loadOptions), {
        anyLength: true,
      }),
  };
}
