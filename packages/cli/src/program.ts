// The `audiozoo` command. What its commands say of themselves is in checkpoint-commands.ts, sound-commands.ts and
// model-commands.ts, in the order of `audiozoo --help`; what they do is in commands/, loaded when they are called.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addCheckpointCommands } from './checkpoint-commands.js';
import { addModelCommands } from './model-commands.js';
import { addCommonFlags } from './shared-flags.js';
import { addSoundCommands } from './sound-commands.js';

/** The whole command. Parsing throws CommanderErrors on wrong command lines, which it has then reported. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('audiozoo')
    .description('Audio models that run anywhere JavaScript runs.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(audiozoo --help lists the commands)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 failed, 2 the command line is wrong.

Start with:
  $ audiozoo pull audioset_10_10_0.4593 --out ast-audioset
  $ audiozoo classify dog.wav --model ast-audioset`,
    );

  addCheckpointCommands(program, signal);
  addSoundCommands(program, signal);
  addModelCommands(program, signal);
  for (const command of program.commands) addCommonFlags(command);
  return program;
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
