// A model directory → a model of a repository that NVIDIA's Triton Inference Server serves.

import { join, relative, resolve } from 'node:path';
import { type AnyModel, AudiozooError, type ModelDirectory } from '@audiozoo/core';
import { fileSink, makeFolder, notWritable, openPartialFolder } from '@audiozoo/core/disk';
import { checkModels, modelForm, type OptionKinds, oneLine, quote } from '@audiozoo/core/plugin';
import { checkCall, verifyOptionKinds } from '../check-call.js';
import type { VerifyOptions } from '../checkpoint/checkpoint.js';
import { whole } from '../output/whole.js';
import { traceForExport } from './export-onnx.js';
import { type ExportedFile, type WeightsPlacement, writeOnnx } from './onnx-file.js';
import { tritonConfig } from './triton-config.js';

export interface ExportTritonOptions extends VerifyOptions {
  /** Folder of the repository, made if it is not there. */
  readonly out: string;
  /** What the model is called there: its folder, which must not be there yet. Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** As of `exportOnnx`; `inline` when absent. */
  readonly weights?: WeightsPlacement | undefined;
}

const exportOptionKinds = {
  ...verifyOptionKinds,
  out: 'string',
  name: 'string',
  weights: { choices: ['inline', 'external'] satisfies WeightsPlacement[] },
} as const satisfies OptionKinds<ExportTritonOptions>;

const labelsFile = 'labels.txt';

/**
 * Writes `OUT/NAME` for Triton: `config.pbtxt`, `1/model.onnx`, and of models that tell classes apart `labels.txt`, a line each. The graph takes
 * sound, as that of `exportOnnx` with `input: 'waveform'`: `samples` [batch, N], −1 for N in the config where it may be any, and
 * `lengths`, which Triton's clients send as [batch, 1]. External weights lie in `1/model.onnx/model.onnx.data` beside
 * `1/model.onnx/model.onnx`, as Triton has it of models of several files.
 *
 * The config's `parameters` say `sample_rate` in hertz, `min_samples` and `max_samples` of a clip, and `problem_type`: how logits become
 * scores. Throws as `exportOnnx`, and `file` errors where there is such a model already.
 */
export async function exportTriton(
  model: AnyModel,
  directory: ModelDirectory,
  given: ExportTritonOptions,
): Promise<readonly ExportedFile[]> {
  checkModels([model]);
  checkCall(
    'exportTriton',
    { ...given, out: given?.out ?? null, name: given?.name ?? null },
    exportOptionKinds,
  );
  const { out, name, weights = 'inline', signal, onProgress } = given;
  checkName(name);
  signal?.throwIfAborted();
  const config = model.readConfig(directory.config, directory.preprocessorConfig);
  const form = await modelForm(model, 'waveform');
  const graph = traceForExport(form, config, directory);
  const { sampleRate, minSamples, maxSamples } = form.frontEnd(config);
  const [, row] = graph.inputs.find(({ name }) => name === 'samples')!.shape;
  const mostSamples = typeof row === 'number' ? Math.min(row, maxSamples) : maxSamples;
  const labels = form.labels?.(config) ?? [];
  const problemType = labels.length > 0 ? form.problemType?.(config) : undefined;
  const description = tritonConfig({
    name,
    ...{ inputs: graph.inputs, outputs: graph.outputs },
    labelsFile: labels.length > 0 ? labelsFile : undefined,
    parameters: {
      ...{ sample_rate: sampleRate, min_samples: minSamples, max_samples: mostSamples },
      ...(problemType && { problem_type: problemType }),
    },
  });

  const target = resolve(out, name);
  const folder = await openPartialFolder(target);
  return whole(folder, async () => {
    const version = join('1', weights === 'external' ? 'model.onnx' : '');
    await makeFolder(join(folder.path, version)).catch(notWritable(target));
    const written = await writeOnnx(graph, directory, {
      out: join(folder.path, version, 'model.onnx'),
      ...{ weights, signal, onProgress },
    });
    const texts = {
      ...(labels.length > 0 && { [labelsFile]: labels.map(({ name }) => `${oneLine(name)}\n`).join('') }),
      'config.pbtxt': description,
    };
    const files = written.map(({ path, bytes }) => ({
      path: join(target, relative(folder.path, path)),
      bytes,
    }));
    for (const [file, text] of Object.entries(texts)) {
      const bytes = Buffer.from(text);
      const sink = await fileSink(join(folder.path, file), target);
      await sink.write(bytes).finally(() => sink.close());
      files.push({ path: join(target, file), bytes: bytes.length });
    }
    return files;
  });
}

/** It is a folder, and a part of addresses. */
function checkName(name: string): void {
  if (/^[a-z0-9][\w.-]{0,99}$/i.test(name)) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the name cannot be that of a model in a repository',
    option: 'name',
    expected: 'letters, digits, dots, underscores and hyphens, a letter or digit first',
    got: quote(name),
    hint: 'Choose another as `name`.',
  });
}
