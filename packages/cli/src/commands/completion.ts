import { Argument, Command } from '@commander-js/extra-typings';
import { bashCompletion } from '../completion/bash.js';
import { readCommandLine } from '../completion/command-line.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { onnxruntimeDevices } from '../flags/device.js';
import { loadPlugins } from '../flags/plugin.js';
import { listZoo } from '../input/pull-source.js';
import { createSession, type Session } from '../session/session.js';
import { recipeNames } from '../training/recipe.js';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

const declared = addFlags(
  new Command('completion')
    .description('Print a script by which a shell completes commands, flags and values.')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
It knows the commands, models and plug-ins of when it was printed.

Examples:
  $ audiozoo completion bash > ~/.local/share/bash-completion/completions/audiozoo
  $ audiozoo completion zsh > "\${fpath[1]}/_audiozoo"
  $ audiozoo completion fish > ~/.config/fish/completions/audiozoo.fish
  $ source <(audiozoo completion bash)`,
    ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((shell, flags, called) =>
    print(shell, called.parent as Command, flags, createSession(called, signal)),
  );

async function print(shell: keyof typeof scripts, program: Command, flags: Flags, session: Session) {
  const { models, backends } = await loadPlugins(flags.plugin);
  const zoo = (await listZoo(models)).map(({ name }) => name);
  const commandLine = readCommandLine(program, {
    model: zoo,
    '--model': zoo,
    '--model-type': models.map(({ type }) => type),
    '--device': [...onnxruntimeDevices, ...backends.map(({ name }) => name)],
    '--recipe': recipeNames,
  });
  session.print(scripts[shell](commandLine).trimEnd());
}
