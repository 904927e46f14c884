// The manual page, in the language of `man`: what `--help` prints, of the whole and of each command.

import type { Command } from '@commander-js/extra-typings';

/** Characters in a line of help, which man indents. */
const width = 72;

export function manualPage(program: Command, version: string): string {
  const name = program.name();
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(program.description())}`,
    '.SH SYNOPSIS',
    `.B ${name}\nCOMMAND [OPTIONS]`,
    '.SH DESCRIPTION',
    ...verbatim(helpOf(program)),
    ...program.commands.flatMap((command) => [
      `.SH "${name} ${command.name()}"`.toUpperCase(),
      ...verbatim(helpOf(command as Command)),
    ]),
    '',
  ].join('\n');
}

/** As it is printed where there are no colors, with what is added behind flags. */
function helpOf(command: Command): string {
  let text = '';
  command
    .configureHelp({ ...command.configureHelp(), minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (more) => void (text += more),
      getOutHelpWidth: () => width,
      getOutHasColors: () => false,
    })
    .outputHelp();
  return text.trim();
}

const verbatim = (text: string) => ['.nf', escaped(text), '.fi'];

/** A line that begins with a dot or an apostrophe would be a command. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
