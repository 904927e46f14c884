// Commands about models that are there already.

import { type Command, Option } from 'commander';
import type { BenchFlags } from './commands/bench.js';
import type { ExportFlags } from './commands/export.js';
import type { InspectFlags } from './commands/inspect.js';
import type { QuantizeFlags } from './commands/quantize.js';
import { decimal, wholeNumber } from './flag-value.js';
import { createSession } from './session.js';
import { addDeviceFlags } from './shared-flags.js';

/** `inspect`, `export`, `quantize` and `bench`. The signal stops what they do. */
export function addModelCommands(program: Command, signal: AbortSignal): void {
  program
    .command('inspect')
    .description('Show the tensors of a checkpoint or model directory, after verifying every byte.')
    .argument('<path>', 'a .pth, .pt or .safetensors file, or a model directory')
    .option('--json', '{ format, tensors: [{ name, dtype, shape }], recognized, choices } on stdout')
    .addHelpText(
      'after',
      `
Nothing in a checkpoint is run. Where it holds several sets of weights, each is shown with its key: what
\`convert --key\` chooses from.

Examples:
  $ audiozoo inspect audioset_10_10_0.4593.pth
  $ audiozoo inspect ast-audioset --json`,
    )
    .action(async (path: string, flags: InspectFlags) => {
      const command = await import('./commands/inspect.js');
      await command.inspect(path, flags, createSession(flags, signal));
    });

  program
    .command('export')
    .description('Write a model as ONNX in standard operators, for other runtimes.')
    .requiredOption('--model <dir>', 'a model directory')
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
    )
    .action(async (flags: ExportFlags) => {
      const command = await import('./commands/export.js');
      await command.exportModel(flags, createSession(flags, signal));
    });

  program
    .command('quantize')
    .description('Store a model in fewer bytes: int8, which CPUs also run about twice as fast, or float16.')
    .requiredOption('--model <dir>', 'a model directory, its weights in floating point')
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
    )
    .action(async (flags: QuantizeFlags) => {
      const command = await import('./commands/quantize.js');
      await command.quantize(flags, createSession(flags, signal));
    });

  const bench = program
    .command('bench')
    .description('Measure a model here: load, features, model, clips per second, real-time factor, memory.')
    .requiredOption('--model <dir>', 'a model directory')
    .option(
      '--seconds <s>',
      "length of the clips (default: the model's window, at most 10)",
      decimal({ above: 0 }),
    )
    .option('--batch <n>', 'clips per run', wholeNumber(1, 4096), 1)
    .option('--json', 'the figures as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo bench --model ast-audioset
  $ audiozoo bench --model ast-audioset --batch 4 --threads 2 --json`,
    )
    .action(async (flags: BenchFlags) => {
      const command = await import('./commands/bench.js');
      await command.bench(flags, createSession(flags, signal));
    });

  addDeviceFlags(bench);
}
