// A terminal: the pseudo-terminal of `script`, on Linux.

import { spawn, spawnSync } from 'node:child_process';

export const hasTerminal =
  process.platform === 'linux' && spawnSync('script', ['--version']).error === undefined;

export interface TerminalOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Typed, one after another, each once the screen shows the prompt again. */
  readonly lines?: readonly string[];
  readonly prompt?: string;
}

/** Runs a command line on a terminal to its end; gives all that was to be seen. */
export function onTerminal(
  commandLine: string,
  { lines = [], prompt = '', cwd, env = process.env }: TerminalOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['--quiet', '--echo', 'never', '--command', commandLine, '/dev/null'], {
      cwd,
      env,
    });
    let seen = '';
    let typed = 0;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      seen += text;
      if (prompt !== '' && typed < lines.length && seen.split(prompt).length > typed + 1) {
        child.stdin.write(lines[typed++]!);
      }
    });
    child.on('error', reject);
    child.on('close', () => resolve(seen));
    if (lines.length === 0) child.stdin.end();
  });
}
