// Errors in words of the command line: libraries name options and facts, commands have flags, and other commands help.

import { AudiozooError, type ErrorDescription, errorMessage } from '@audiozoo/core';

/** What is needed of commander's. */
export interface RunningCommand {
  readonly options: readonly { readonly long?: string; attributeName(): string }[];
  opts(): { readonly quiet?: boolean; readonly verbose?: boolean };
}

/** Flags that have another name than the option they are for. */
const flagNames: Readonly<Record<string, string>> = {
  kernel: 'resampling',
  labels: 'only', // of commands that have no --labels
  models: 'plugin',
};

/** What went wrong, with the flags of the command that was called, and the commands that help. */
export function explainError(error: unknown, command: RunningCommand | undefined): string {
  if (!AudiozooError.isInstance(error)) return error instanceof Error ? error.message : String(error);
  const nameOf = (option: string) => {
    const name = option.split('.').at(-1)!;
    if (option.startsWith('settings.')) return `--set ${name}=…`;
    if (option.startsWith('size.')) return `--size ${name}=…`;
    if (option.startsWith('byLabel.')) return '--by-label';
    const flagOf = (attribute: string | undefined) =>
      command?.options.find((flag) => flag.attributeName() === attribute);
    return (flagOf(name) ?? flagOf(flagNames[name]))?.long;
  };
  const advice = commandFor(error);
  return `${errorMessage(error, nameOf)}${advice ? ` ${advice}` : ''}`;
}

/** A line that says where errors of this kind are explained; undefined for what has no kind. */
export function whereExplained(error: unknown): string | undefined {
  return AudiozooError.isInstance(error) ? `(${error.help} explains)` : undefined;
}

/** Lines that this process has told: it runs one command. */
const explained = new Set<string>();

/** The same, for the first error of each kind alone. */
export function whereFirstExplained(error: unknown): string | undefined {
  const where = whereExplained(error);
  if (where === undefined || explained.has(where)) return undefined;
  explained.add(where);
  return where;
}

/** The command that brings what is missing. */
function commandFor({ code, details }: ErrorDescription): string | undefined {
  const { missing } = details ?? {};
  if (missing === 'head') return '`audiozoo init --from DIR --labels FILE.csv` gives it one.';
  if (missing === 'words') return 'laion/clap-htsat-unfused reads words.';
  if (missing === 'base') return '`audiozoo pull` fetches those of Hugging Face.';
  if (missing === 'folder' || (code === 'model' && missing !== undefined)) {
    return '`audiozoo pull` fetches models, `audiozoo convert` makes them of checkpoints.';
  }
  return undefined;
}
