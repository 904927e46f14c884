import { exportOnnx } from '@audiozoo/converters';
import { openModelDirectory } from '@audiozoo/core';
import { chooseModel } from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { oneModel, openModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { formatBytes } from '../output/format.js';
import { checkOutput } from '../output/output-file.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('export')
    .description('Write a model as ONNX in standard operators, for other runtimes.')
    .requiredOption('--model <dir>', oneModel)
    .requiredOption('--out <file.onnx>', 'the file to write')
    .addOption(
      new Option('--weights <where>', 'in the .onnx file, or beside it')
        .choices(['inline', 'external'])
        .default('inline'),
    )
    .addOption(
      new Option('--input <what>', 'what the graph takes: features, or samples and their lengths')
        .choices(['features', 'waveform'])
        .default('features'),
    )
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo export --model ast-audioset --out ast.onnx
  $ audiozoo export --model ast-audioset --out ast.onnx --weights external
  $ audiozoo export --model ast-audioset --out ast.onnx --input waveform`,
    ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => exportModel(flags, createSession(called, signal)));

async function exportModel(flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  const { models } = await loadPlugins(flags.plugin);
  await checkOutput(flags.out);
  const directory = await openModelDirectory(await openModel(flags.model, models, session), { signal });
  const { out, weights, input } = flags;
  const files = await session
    .watch(async (watching) => {
      const model = chooseModel(models, directory.config.model_type);
      return exportOnnx(model, directory, { out, weights, input, ...watching });
    })
    .finally(() => directory.weights.close());

  if (flags.json) session.printJson({ model: flags.model, files });
  else session.print(files.map(({ path, bytes }) => `Wrote ${path}: ${formatBytes(bytes)}`).join('\n'));
}
