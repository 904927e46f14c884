// What a command says, and where: results to stdout, everything else to stderr, so that pipes and `--json`
// stay clean.

import { AudiozooError } from '@audiozoo/core';
import { oneLine } from '@audiozoo/core/plugin';
import { errorMark, warningMark } from '../output/color.js';
import { explainError, type RunningCommand, whereFirstExplained } from './explanation.js';
import type { ProgressBar } from './progress.js';

/** A command line that is wrong, whatever the files hold, and that only a command can tell: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Options that stop work, and hear how far it is. */
export interface Watching {
  readonly signal: AbortSignal;
  readonly onProgress: ProgressBar['update'] | undefined;
}

/** What stands in results for machines of a file that failed. */
export interface Failure {
  readonly file: string;
  readonly error: string;
  /** The address that explains errors of its kind. */
  readonly help?: string;
}

export interface Session {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** A result, to stdout. */
  print(text: string): void;
  /** A result for machines, to stdout. */
  printJson(value: unknown, options?: { readonly indent?: boolean }): void;
  /** Something good to know; not with `--quiet`. */
  note(text: string): void;
  /** Something that the result should not be trusted without. */
  warn(text: string): void;
  /** Something that failed while the rest goes on: the exit code will be 1. */
  fail(error: unknown, what: string): void;
  /** The same for machines. */
  failure(error: unknown, file: string): Failure;
  /** A progress bar, where a person watches. Nothing else may be printed before it stops; warnings and failures wait for that. */
  progress(): Promise<ProgressBar | undefined>;
  /** Does work that tells how far it is, under such a bar. */
  watch<Result>(work: (watching: Watching) => Promise<Result>): Promise<Result>;
  /** Lets signals in, which native code that never yields keeps out, and throws when one came. */
  letOthersRun(): Promise<void>;
}

export function createSession(command: RunningCommand, signal: AbortSignal): Session {
  const { quiet = false, verbose = false } = command.opts();
  if (verbose) process.env.AUDIOZOO_DEBUG = '1';
  /** Warnings and failures that wait for a progress bar to stop. */
  let waiting: string[] | undefined;
  const tell = (line: string) => {
    if (waiting) waiting.push(line);
    else process.stderr.write(`${line}\n`);
  };
  const progress = async (): Promise<ProgressBar | undefined> => {
    if (quiet || !process.stderr.isTTY) return undefined;
    const { createProgressBar } = await import('./progress.js');
    const bar = createProgressBar();
    waiting = [];
    return {
      update(...told) {
        waiting ??= []; // another bar, after it has been stopped
        bar.update(...told);
      },
      stop() {
        bar.stop();
        const lines = waiting ?? [];
        waiting = undefined;
        lines.forEach(tell);
      },
    };
  };
  return {
    signal,
    print: (text) => void process.stdout.write(`${printable(text)}\n`),
    printJson(value, { indent = true } = {}) {
      process.stdout.write(`${printableJson(JSON.stringify(value, null, indent ? 2 : undefined))}\n`);
    },
    note: (text) => void (quiet || process.stderr.write(`${oneLine(text)}\n`)),
    warn: (text) => tell(`${warningMark()} ${oneLine(text)}`),
    fail(error, what) {
      tell(`${errorMark()} ${oneLine(what)}: ${describeError(error, command)}`);
      const where = whereFirstExplained(error);
      if (where) tell(where);
      process.exitCode = 1;
    },
    failure: (error, file) => ({
      file,
      error: explainError(error, command),
      ...(AudiozooError.isInstance(error) && { help: error.help }),
    }),
    progress,
    async watch(work) {
      const bar = await progress();
      try {
        return await work({ signal, onProgress: bar?.update });
      } finally {
        bar?.stop();
      }
    },
    async letOthersRun() {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
  };
}

/** An error for people; its stack too with `--verbose` or the environment variable AUDIOZOO_DEBUG. */
export function describeError(error: unknown, command: RunningCommand | undefined): string {
  const message = oneLine(explainError(error, command));
  if (!process.env.AUDIOZOO_DEBUG || !(error instanceof Error) || !error.stack) return message;
  const [, calls = ''] = /(\n {4}at .*)/s.exec(error.stack) ?? [];
  return `${message}${printable(calls)}`;
}

/** Names and labels come from files of others: they must not steer the terminal. What is to be a line, see to it. */
function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu, '\u{FFFD}');
}

/** The same JSON, what JSON.stringify leaves as it is escaped too. */
function printableJson(json: string): string {
  return json.split('\n').map(oneLine).join('\n');
}
