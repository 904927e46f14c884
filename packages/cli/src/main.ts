// The process around the commands: signals, a closed pipe, exit codes. 0: done. 1: failed. 2: the command
// line is wrong, whatever the files hold. 130 and 143: interrupted.
//
// Only the program's interface is loaded here. Each command loads what it needs when it runs, so that
// `--help` and errors come at once and `classify` does not wait for what `convert` uses.

import { CommanderError } from '@commander-js/extra-typings';
import { errorMark } from './output/color.js';
import { createProgram } from './program.js';
import { type RunningCommand, whereFirstExplained } from './session/explanation.js';
import { describeError, UsageError } from './session/session.js';

const interruption = new AbortController();
let interruptedWith: number | undefined;
for (const [name, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  // Once: a second signal kills as if nobody listened.
  process.once(name, () => {
    interruptedWith = exitCode;
    interruption.abort();
  });
}

// `audiozoo … | head`: nobody reads on. What is left to say is dropped; files asked for are still written.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 1;
    if (stream === process.stdout) console.error(`${errorMark()} ${error.message}`);
  });
}

const program = await createProgram(process.argv[2], interruption.signal);
const called = program.commands.find((command) => command.name() === process.argv[2]);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeFor(error, called);
}

function exitCodeFor(error: unknown, called: RunningCommand | undefined): number {
  // commander has said what there is to say; help and the version come this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (interruptedWith !== undefined) return interruptedWith;
  console.error(`${errorMark()} ${describeError(error, called)}`);
  const isUsage = error instanceof UsageError;
  const where = isUsage
    ? `(audiozoo ${process.argv[2]} --help shows how to use it)`
    : whereFirstExplained(error);
  if (where) console.error(where);
  return isUsage ? 2 : 1;
}
