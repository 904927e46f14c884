// Completion for fish, from 3.0 on.

import type { CommandLine, Flag, Value } from './command-line.js';

/** The script: to be sourced, or a file `audiozoo.fish` in a folder of `fish_complete_path`. */
export function fishCompletion({ name, flags, commands }: CommandLine): string {
  const first = `complete -c ${name} -n __${name}_is_first`;
  return [
    `# Completion of ${name} for fish.

function __${name}_is_first
    test (count (commandline -opc)) -eq 1
end

function __${name}_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end

complete -c ${name} -f`,
    ...flags.flatMap((flag) => complete(first, flag)),
    ...commands.map((command) => `${first} -a ${command.name} -d ${quoted(command.description)}`),
    ...commands.flatMap(({ name: command, flags, argument }) => {
      const within = `complete -c ${name} -n '__${name}_is ${command}'`;
      return [
        ...(argument ? [`${within} ${candidates(argument)}`] : []),
        ...flags.flatMap((flag) => complete(within, flag)),
      ];
    }),
    '',
  ].join('\n');
}

/** A line for each spelling. */
function complete(begin: string, { names, description, value }: Flag): readonly string[] {
  return names.map((name) => {
    const spelling = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
    const takes = value ? ` -r ${candidates(value)}` : '';
    return `${begin} ${spelling}${takes} -d ${quoted(description)}`;
  });
}

function candidates({ words, paths }: Value): string {
  const folders = paths === 'folder' ? ['(__fish_complete_directories (commandline -ct))'] : [];
  const all = [...words, ...folders];
  return [paths === 'file' ? '-F' : '-f', ...(all.length > 0 ? [`-a ${quoted(all.join(' '))}`] : [])].join(
    ' ',
  );
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
