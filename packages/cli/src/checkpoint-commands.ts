// Commands that bring models: of checkpoints, over the network, of other models.

import type { Command } from 'commander';
import type { AverageFlags } from './commands/average.js';
import type { ConvertFlags } from './commands/convert.js';
import type { InitFlags } from './commands/init.js';
import type { ModelsFlags } from './commands/models.js';
import type { PullFlags } from './commands/pull.js';
import { sha256, wholeNumber } from './flag-value.js';
import { createSession } from './session.js';
import { addCheckpointFlags, addConversionFlags } from './shared-flags.js';

/** `convert`, `init`, `average`, `models` and `pull`. The signal stops what they do. */
export function addCheckpointCommands(program: Command, signal: AbortSignal): void {
  const convert = program
    .command('convert')
    .description('Turn a PyTorch checkpoint into a model directory (Hugging Face form).')
    .argument(
      '<checkpoint>',
      'a .pth, .pt or .safetensors file, a Hugging Face directory, or the folder of a PEFT adapter',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--base <dir>', 'the model directory that an adapter was trained on: it is merged into it')
    .option('--json', 'what was written and assumed as JSON on stdout')
    .addHelpText(
      'after',
      `
What a checkpoint does not say is taken from the official recipes where it is one of theirs; each
assumption is printed. Weights are found below any key and prefix; where several sets of them fit, the error
lists their keys, and --key takes one. Averages (EMA) are taken when they are asked for.

Examples:
  $ audiozoo convert audioset_10_10_0.4593.pth --out ast-audioset
  $ audiozoo convert digits.pth --out digits --fstride 16 --tstride 16 --frames 128 --labels digits.csv
  $ audiozoo convert esc50.pth --out esc50 --dtype float16
  $ audiozoo convert lightning.ckpt --key ema_state_dict --out birds
  $ audiozoo convert state_dict.pth --config ast/config.json --out birds
  $ audiozoo convert lora-birds --base ast-audioset --labels birds.csv --out birds`,
    )
    .action(async (checkpoint: string, flags: ConvertFlags) => {
      const command = await import('./commands/convert.js');
      await command.convert(checkpoint, flags, createSession(flags, signal));
    });

  const init = program
    .command('init')
    .description('Begin a model for new labels from a trained one: a distilled DeiT of ImageNet, or an AST.')
    .requiredOption(
      '--from <path>',
      'a DeiT .pth (tiny, small, base; 224 or 384), an AST .pth, or a directory',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--seed <n>', "of the new head's random numbers", wholeNumber(0), 0)
    .option('--json', 'what was written and assumed as JSON on stdout')
    .addHelpText(
      'after',
      `
As the official code does it: position embeddings are cut from the middle or interpolated for the new input,
a picture's colors are summed in the patches' weight, and the head is new. --labels is needed.

Examples:
  $ audiozoo init --from deit_base_distilled_patch16_384.pth --labels labels.csv --out birds
  $ audiozoo init --from ast-audioset --labels esc50.csv --frames 512 --out esc50
  $ audiozoo init --from deit_tiny_distilled_patch16_224.pth --labels digits.csv --frames 128 --seed 7 --out digits`,
    )
    .action(async (flags: InitFlags) => {
      const command = await import('./commands/init.js');
      await command.init(flags, createSession(flags, signal));
    });

  program
    .command('average')
    .description('Average the weights of several checkpoints of one model.')
    .argument('<checkpoints...>', '.pth, .pt or .safetensors files, or model directories')
    .requiredOption('--out <path>', 'a safetensors file with the same names, or a model directory')
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Nothing is written over. Names and shapes must agree, and for directories labels, input and statistics too.

Examples:
  $ audiozoo average audio_model.16.pth audio_model.17.pth audio_model.18.pth --out mean.safetensors
  $ audiozoo convert mean.safetensors --out ast-mean
  $ audiozoo average epoch-8 epoch-9 epoch-10 --out ast-mean`,
    )
    .action(async (checkpoints: string[], flags: AverageFlags) => {
      const command = await import('./commands/average.js');
      await command.average(checkpoints, flags, createSession(flags, signal));
    });

  program
    .command('models')
    .description('List the published checkpoints that `pull` knows by name, with their figures.')
    .option('--json', '[{ name, model, description, figures, checkpoint, repository }] on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo models
  $ audiozoo models --json`,
    )
    .action(async (flags: ModelsFlags) => {
      const command = await import('./commands/models.js');
      await command.models(flags, createSession(flags, signal));
    });

  const pull = program
    .command('pull')
    .description('Download a model, check it, and make a model directory of it.')
    .argument(
      '<model>',
      'a name that `models` lists, a Hugging Face repository, or the address of a checkpoint',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--revision <name>', 'branch, tag or commit of the repository (default: main)')
    .option('--sha256 <hex>', 'the checksum that the file at the address must have', sha256)
    .option('--json', 'what came and was written as JSON on stdout')
    .addHelpText(
      'after',
      `
What breaks off or is interrupted stays in a hidden folder beside <dir>; the same command goes on from there.
HF_ENDPOINT names another hub, HF_TOKEN opens private repositories, HTTPS_PROXY, HTTP_PROXY and NO_PROXY work
as usual. The flags about keys, strides, labels and statistics are those of \`convert\`, for checkpoints at an
address.

Examples:
  $ audiozoo pull audioset_10_10_0.4593 --out ast-audioset
  $ audiozoo pull MIT/ast-finetuned-speech-commands-v2 --out commands
  $ audiozoo pull https://example.org/digits.pth --out digits --fstride 16 --tstride 16 --frames 128`,
    )
    .action(async (model: string, flags: PullFlags) => {
      const command = await import('./commands/pull.js');
      await command.pull(model, flags, createSession(flags, signal));
    });

  for (const command of [convert, pull]) addCheckpointFlags(command);
  for (const command of [convert, pull, init]) addConversionFlags(command);
}
