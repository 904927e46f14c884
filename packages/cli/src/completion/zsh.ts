// Completion for zsh.

import type { CommandLine, Flag, Value } from './command-line.js';

/** The script: to be sourced after `compinit`, or a file `_audiozoo` in a folder of `fpath`. */
export function zshCompletion({ name, flags, commands }: CommandLine): string {
  const listed = commands.map((command) => `        ${quoted(`${command.name}:${command.description}`)}`);
  const ofCommands = commands.map(({ name, flags, argument }) => {
    const rest = argument ? [quoted(`*:${message(argument)}:${action(argument)}`)] : [];
    const specs = [...flags.flatMap(specsOf), ...rest];
    return `        ${name}) _arguments -S ${specs.join(' \\\n          ')} ;;`;
  });
  return `#compdef ${name}

# Completion of ${name} for zsh.

_${name}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C ${[...flags.flatMap(specsOf), "'1:command:->command'", "'*::argument:->argument'"].join(' \\\n    ')}
  case $state in
    command)
      local -a commands=(
${listed.join('\n')}
      )
      _describe command commands
      ;;
    argument)
      case $words[1] in
${ofCommands.join('\n')}
      esac
      ;;
  esac
}

if [ "$funcstack[1]" = _${name} ]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

/** All flags may be repeated: some are to be, and of others the last one holds. */
function specsOf({ names, description, value, optional }: Flag): readonly string[] {
  const help = `[${description.replace(/[\\[\]]/g, '\\$&')}]`;
  return names.map((name) => {
    if (!value) return quoted(`*${name}${help}`);
    const assigned = name.startsWith('--') ? '=' : '';
    return quoted(`*${name}${assigned}${help}${optional ? '::' : ':'}${message(value)}:${action(value)}`);
  });
}

const message = ({ name }: Value) => name.replaceAll(':', '\\:');

function action({ words, paths }: Value): string {
  const files = paths === 'folder' ? '_files -/' : '_files';
  const list = `(${words.join(' ')})`;
  if (words.length === 0) return paths ? files : ' '; // nothing but the message
  // Its colons are not those between message and action.
  return paths ? `{_alternative "words\\:word\\:${list}" "${paths}s\\:${paths}\\:${files}"}` : list;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
