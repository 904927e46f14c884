// A model directory → an .onnx file of the standard's own operators, for any runtime.

import type { AnyModel, ModelDirectory, ModelInput } from '@audiozoo/core';
import { checkModels, modelForm, type OptionKinds } from '@audiozoo/core/plugin';
import { type Graph, traceModel } from '@audiozoo/onnx';
import { checkCall, verifyOptionKinds } from '../check-call.js';
import type { VerifyOptions } from '../checkpoint/checkpoint.js';
import { type ExportedFile, type WeightsPlacement, writeOnnx } from './onnx-file.js';

export interface ExportOnnxOptions extends VerifyOptions {
  /** Path of the .onnx file. What is there is replaced. */
  readonly out: string;
  /** In the file itself (`inline`, up to 2 GB), or in `OUT.data` beside it, of any size. */
  readonly weights: WeightsPlacement;
  /**
   * What the graph takes: the model's features, or with `waveform`, for models that can, `samples` [batch, N] at
   * the model's sample rate and `lengths` [batch], how many of them each clip has. N is that of the longest clip, or for models
   * that hear every length as it is, any: what is shorter than N is padded up to it. `features` when absent.
   */
  readonly input?: ModelInput | undefined;
  /** Outputs to compute; all of the model's when absent. */
  readonly outputs?: readonly string[] | undefined;
}

const exportOptionKinds = {
  ...verifyOptionKinds,
  out: 'string',
  weights: { choices: ['inline', 'external'] satisfies ExportOnnxOptions['weights'][] },
  input: { choices: ['features', 'waveform'] satisfies ModelInput[] },
  outputs: 'list',
} as const satisfies OptionKinds<ExportOnnxOptions>;

/**
 * Writes a model as ONNX (opset 20, no operators outside the standard). Its batch is symbolic, and so are lengths of inputs
 * that the model leaves open: `frames` of CED and EfficientAT, or `samples`. float16 weights
 * stay float16 in the file and are cast in the graph; int8 weights stay so too, and their linears multiply
 * integers; other dtypes become float32.
 *
 * Throws `weights` errors when the weights do not fit the model, `model` errors beyond ONNX's 2 GB, `argument`
 * errors for an input that the model does not take, and `file` errors when the files cannot be written.
 */
export async function exportOnnx(
  model: AnyModel,
  directory: ModelDirectory,
  given: ExportOnnxOptions,
): Promise<readonly ExportedFile[]> {
  checkModels([model]);
  checkCall(
    'exportOnnx',
    { ...given, out: given?.out ?? null, weights: given?.weights ?? null },
    exportOptionKinds,
  );
  const { out, weights, input = 'features', outputs, signal, onProgress } = given;
  signal?.throwIfAborted();
  const config = model.readConfig(directory.config, directory.preprocessorConfig);
  const graph = traceForExport(await modelForm(model, input), config, directory, outputs);
  return writeOnnx(graph, directory, { out, weights, signal, onProgress });
}

/** The graph that other runtimes get: the standard's operators, of any length where the model is. */
export function traceForExport(
  form: AnyModel,
  config: unknown,
  directory: ModelDirectory,
  outputs?: readonly string[],
): Graph {
  return traceModel(form, directory.weights, {
    ...{ config, operators: 'stock', outputs, integers: true },
    anyLength: true,
  });
}
