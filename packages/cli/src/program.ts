// The `audiozoo` command. What it can do is in commands/, a file each: flags, help and action. Of them only the one that
// is called is loaded, with all that it uses; for help and errors about the whole, all are.

import { Command } from '@commander-js/extra-typings';
import { errorMark, helpStyle } from './output/color.js';
import { readVersion } from './version.js';

/** In the order of `audiozoo --help`. */
const commands = {
  convert: () => import('./commands/convert.js'),
  init: () => import('./commands/init.js'),
  train: () => import('./commands/train.js'),
  average: () => import('./commands/average.js'),
  models: () => import('./commands/models.js'),
  pull: () => import('./commands/pull.js'),
  classify: () => import('./commands/classify.js'),
  embed: () => import('./commands/embed.js'),
  tag: () => import('./commands/tag.js'),
  work: () => import('./commands/work.js'),
  status: () => import('./commands/status.js'),
  cancel: () => import('./commands/cancel.js'),
  search: () => import('./commands/search.js'),
  outputs: () => import('./commands/outputs.js'),
  attention: () => import('./commands/attention.js'),
  events: () => import('./commands/events.js'),
  listen: () => import('./commands/listen.js'),
  evaluate: () => import('./commands/evaluate.js'),
  features: () => import('./commands/features.js'),
  inspect: () => import('./commands/inspect.js'),
  export: () => import('./commands/export.js'),
  quantize: () => import('./commands/quantize.js'),
  bench: () => import('./commands/bench.js'),
  doctor: () => import('./commands/doctor.js'),
  completion: () => import('./commands/completion.js'),
  man: () => import('./commands/man.js'),
};

/** Commands that tell of all. */
const aboutAll = ['completion', 'man'];

/**
 * The whole command, or of it what `called` needs. Parsing throws CommanderErrors on wrong command lines, which it has
 * then reported. The signal stops what commands do.
 */
export async function createProgram(called: string | undefined, signal: AbortSignal) {
  const program = new Command('audiozoo')
    .description('Audio models that run anywhere JavaScript runs.')
    .version(readVersion())
    .exitOverride()
    .configureHelp(helpStyle)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, errorMark)) })
    .showHelpAfterError('(audiozoo --help lists the commands)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 failed, 2 the command line is wrong.

Start with:
  $ audiozoo pull audioset_10_10_0.4593 --out ast-audioset
  $ audiozoo classify dog.wav --model ast-audioset`,
    );

  const needed = Object.entries(commands).filter(([name]) => name === called && !aboutAll.includes(name));
  for (const [name, load] of needed.length > 0 ? needed : Object.entries(commands)) {
    const module = await load();
    const command = module
      .command(signal)
      .copyInheritedSettings(program)
      .showHelpAfterError(`(audiozoo ${name} --help shows how to use it)`);
    program.addCommand(command);
    const { completeFlags } = module as { completeFlags?: () => Promise<void> };
    program.hook('preSubcommand', async (_, called) => {
      if (called.name() === name || aboutAll.includes(called.name())) await completeFlags?.();
    });
  }
  return program;
}
