// onnxruntime on this machine. It is loaded with the first model, not with this module: whoever only imports the
// backend does not pay for it.

import type { Backend } from '@audiozoo/core';
import { loadedModel, loadedStep, modelTensors, stepTensors } from '@audiozoo/core/plugin';
import { traceModel, traceTrainingStep } from '@audiozoo/onnx';
import { openSessions } from './open-sessions.js';
import { checkOptions, checkTrains, type OnnxruntimeNodeOptions } from './options.js';
import { sessionPool } from './session-pool.js';
import { stepRunner } from './step-runner.js';

/** onnxruntime casts these while it loads, from the file: no slower afterwards. */
const storedDTypes = ['float32', 'float16', 'bfloat16'] as const;

/**
 * Runs models with onnxruntime-node, in threads of their own, and trains them, a step at a time in one thread. Throws
 * an `argument` error on options that make no sense; `load` and `train` throw a `device` error that names what is missing
 * when the device is not there, and runs reject with a `runtime` error when their thread has ended. What it trained is
 * lost then.
 */
export function onnxruntimeNode(options: OnnxruntimeNodeOptions = {}): Backend {
  checkOptions(options);
  const { precision } = options;
  return {
    name: 'onnxruntime-node',
    anyLength: true,
    load(model, weights, loadOptions) {
      const { config, outputs, anyLength, signal } = loadOptions;
      const openRunner = async () => {
        const program = {
          weights,
          check: () => void modelTensors(model, config, weights),
          trace: (traced: { operators: 'fused' | 'stock'; integers: boolean }) =>
            traceModel(model, weights, { config, outputs, anyLength, precision, storedDTypes, ...traced }),
        };
        const { hosts, files, device } = await openSessions(options, program, signal);
        return { device, ...sessionPool(hosts, files) };
      };
      return loadedModel(model, loadOptions, openRunner, { anyLength: true });
    },
    train: (step, weights, { signal } = {}) =>
      loadedStep(step, weights, { signal }, async () => {
        checkTrains(options);
        const program = {
          weights,
          check: () => void stepTensors(step, weights),
          trace: ({ operators }: { operators: 'fused' | 'stock' }) =>
            traceTrainingStep(step, weights, { operators, storedDTypes }),
        };
        const workers = Math.min(options.workers ?? 1, 1);
        const { prepack = true } = options; // a training makes many steps
        const sessions = await openSessions({ ...options, workers, prepack }, program, signal);
        const { hosts, files, device } = sessions;
        return { device, ...stepRunner(step, hosts[0], files) };
      }),
  };
}
