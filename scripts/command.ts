import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd: string;
  /** The whole environment: nothing is taken from this process. */
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds until it is ended. */
  readonly timeout?: number;
}

/** Runs a command and gives what it printed; rejects with all of that when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let everything = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    everything += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    everything += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${everything}`);
  return output;
}
