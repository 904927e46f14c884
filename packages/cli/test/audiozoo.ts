// Runs the command as people do: the committed stub, in a process of its own.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../../..');
export const stub = join(root, 'packages/cli/bin/audiozoo.js');
export const digits = join(root, 'models/spoken-digits');
export const digitClip = (name: string) => join(digits, 'clips', `${name}.wav`);
export const fixture = (path: string) => join(root, 'packages', path);
export const customBackend = join(root, 'examples/custom-backend/plain-loops.js');

export interface Result {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array;
  /** Called at the beginning; may send signals later. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** Called with what stderr holds so far; may send signals. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `audiozoo` with these arguments to its end. */
export function audiozoo(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  if (!existsSync(join(root, 'packages/cli/dist/main.js'))) {
    throw new Error('The command is not built: run `pnpm build` first.');
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [stub, ...args], {
      cwd: options.cwd ?? root,
      env: {
        ...process.env,
        AUDIOZOO_DEBUG: '',
        ORT_DISABLE_TELEMETRY: undefined,
        FORCE_COLOR: undefined,
        ...options.env,
      },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
      options.onStderr?.(stderr, (signal) => child.kill(signal));
    });
    options.onStart?.((signal) => child.kill(signal));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
    child.stdin.end(options.input);
  });
}

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audiozoo-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
