import { directorySink, quantizeModel } from '@audiozoo/converters';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { oneModel, openModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { formatBytes, formatCount, formatDescription } from '../output/format.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('quantize')
    .description('Store a model in fewer bytes: int8, which CPUs also run about twice as fast, or float16.')
    .requiredOption('--model <dir>', `${oneModel}; its weights in floating point`)
    .requiredOption('--out <dir>', 'the model directory to write')
    .addOption(
      new Option('--dtype <dtype>', 'how weights are stored').choices(['int8', 'float16']).default('int8'),
    )
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
int8: the weights of linear layers, each output channel with a scale; all else stays float32. On the CPU
(onnxruntime, WebAssembly too) they are multiplied as integers, elsewhere they are floats again once loaded.

Examples:
  $ audiozoo quantize --model ast-audioset --out ast-audioset-int8
  $ audiozoo quantize --model ast-audioset --out ast-audioset-half --dtype float16`,
    ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => quantize(flags, createSession(called, signal)));

async function quantize(flags: Flags, session: Session): Promise<void> {
  const { model, out, dtype } = flags;
  const { models } = await loadPlugins(flags.plugin);
  const files = await openModel(model, models, session);
  const report = await session.watch((watching) =>
    quantizeModel(files, { models, output: directorySink(out), dtype, ...watching }),
  );

  if (flags.json) session.printJson({ model, out, ...report });
  else {
    const { recognized, parameters, bytes } = report;
    session.print(
      `${model}: ${formatDescription(recognized)}\n` +
        `Wrote ${out}: ${formatCount(parameters)} parameters as ${dtype}, ${formatBytes(bytes)}`,
    );
  }
}
