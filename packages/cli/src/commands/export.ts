import { basename, resolve } from 'node:path';
import { exportOnnx, exportTriton } from '@audiozoo/converters';
import { openModelDirectory } from '@audiozoo/core';
import { chooseModel } from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf, refuseFlags } from '../flags/common.js';
import { oneModel, openModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { formatBytes } from '../output/format.js';
import { checkOutput } from '../output/output-file.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('export')
    .description('Write a model as ONNX in standard operators, for other runtimes.')
    .requiredOption('--model <dir>', oneModel)
    .requiredOption('--out <path>', 'the .onnx file to write; with --for triton, the model repository')
    .addOption(
      new Option('--for <server>', 'a model of a repository of the Triton Inference Server').choices([
        'triton',
      ]),
    )
    .option('--name <name>', "what it is called there; the model's own name by default")
    .addOption(
      new Option('--weights <where>', 'in the .onnx file, or beside it')
        .choices(['inline', 'external'])
        .default('inline'),
    )
    .addOption(
      new Option(
        '--input <what>',
        'what the graph takes: features (default), or samples and their lengths, as Triton is given',
      ).choices(['features', 'waveform']),
    )
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo export --model ast-audioset --out ast.onnx
  $ audiozoo export --model ast-audioset --out ast.onnx --weights external
  $ audiozoo export --model ast-audioset --out ast.onnx --input waveform
  $ audiozoo export --model ast-audioset --for triton --out repository --name ast`,
    ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => exportModel(flags, createSession(called, signal)));

async function exportModel(flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  const { for: server, name, out, weights, input } = flags;
  if (server === undefined) refuseFlags({ name }, 'is for --for triton');
  if (server !== undefined && input === 'features')
    throw new UsageError('Triton is given sound: leave out --input.');
  const { models } = await loadPlugins(flags.plugin);
  if (server === undefined) await checkOutput(out);
  const directory = await openModelDirectory(await openModel(flags.model, models, session), { signal });
  const files = await session
    .watch(async (watching) => {
      const model = chooseModel(models, directory.config.model_type);
      if (server === undefined) return exportOnnx(model, directory, { out, weights, input, ...watching });
      return exportTriton(model, directory, { out, name: name ?? nameOf(flags.model), weights, ...watching });
    })
    .finally(() => directory.weights.close());

  if (flags.json) session.printJson({ model: flags.model, files });
  else session.print(files.map(({ path, bytes }) => `Wrote ${path}: ${formatBytes(bytes)}`).join('\n'));
}

/** `ced-tiny` of `models/ced-tiny`, of `mispeech/ced-tiny@main`, and of itself. */
const nameOf = (model: string) => basename(resolve(model)).replace(/@.*/, '');
