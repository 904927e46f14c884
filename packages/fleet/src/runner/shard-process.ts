// A process that does shards, as seen from the one that has begun it.

import { type ChildProcess, fork } from 'node:child_process';
import { AudiozooError } from '@audiozoo/core';
import type { Answer, Order } from './messages.js';

export interface ShardProcessOptions {
  /** The module that the process runs, which calls `serveShards`. */
  readonly module: URL | string;
  /** What `serveShards` begins with: plain values. */
  readonly given: unknown;
  /** Flags of Node for it: this process's own when absent. */
  readonly execArgv?: readonly string[] | undefined;
  /** Ends the process while it begins. */
  readonly signal: AbortSignal;
  /** Without a word for so long, once it is ready, it hangs, and is ended. */
  readonly silenceSeconds: number;
}

/** What came of an order. */
export type Outcome =
  | Extract<Answer, { readonly is: 'done' }>
  /** The process ended before. */
  | {
      readonly is: 'over';
      /** How: `the process was ended by SIGSEGV`. */
      readonly how: string;
      /** Places of entries that were under way, as far as it had said so. */
      readonly underWay: readonly number[];
    };

export interface ShardProcess {
  /** Resolves with what came of it. Throws what the process says went wrong. One at a time. */
  do(order: Order, onHeard?: (seconds: number) => void): Promise<Outcome>;
  /** Ends it at once, which loses nothing but what it was doing. */
  kill(): Promise<void>;
}

/** To load a model, and perhaps to bring it over a network. */
const secondsToBegin = 3600;

/** Characters of what it said last that are kept, for when it cannot begin. */
const keptCharacters = 2000;

/** Begins a process. Resolves once it is ready; with how it ended, where it does before. Throws why it cannot begin, if it says so. */
export async function beginShardProcess({
  module,
  given,
  execArgv,
  signal,
  silenceSeconds,
}: ShardProcessOptions): Promise<ShardProcess | { readonly is: 'over'; readonly how: string }> {
  const child = fork(module, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(execArgv && { execArgv: [...execArgv] }),
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-keptCharacters);
  });
  let silence: number | undefined; // that it was ended for
  let ended: string | undefined; // how
  let onOver: ((how: string) => void) | undefined; // of the order under way
  const over = new Promise<void>((resolve) => {
    const end = (how: string) => {
      ended ??= how;
      onOver?.(ended);
      resolve();
    };
    child.on('error', (error) => end(`the process cannot be begun: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (silence !== undefined) end(`the process was ended after ${silence} seconds without progress`);
      else if (signal) end(`the process was ended by ${signal}`);
      else end(`the process ended with exit code ${code}`);
    });
  });

  const perform = (
    order: Order,
    silenceSeconds: number,
    onHeard?: (seconds: number) => void,
  ): Promise<Outcome> => {
    if (ended !== undefined) return Promise.resolve({ is: 'over', how: ended, underWay: [] });
    const underWay = new Set<number>();
    return new Promise<Outcome>((resolve, reject) => {
      const kill = () => {
        silence = silenceSeconds;
        child.kill('SIGKILL');
      };
      let waiting = setTimeout(kill, silenceSeconds * 1000);
      const stop = () => {
        clearTimeout(waiting);
        child.off('message', onMessage);
        onOver = undefined;
      };
      const onMessage = (answer: Answer) => {
        clearTimeout(waiting);
        waiting = setTimeout(kill, silenceSeconds * 1000);
        if (answer.is === 'begun') underWay.add(answer.place);
        else if (answer.is === 'ended') {
          underWay.delete(answer.place);
          if (answer.heard) onHeard?.(answer.heard.seconds);
        } else if (answer.is !== 'alive') {
          stop();
          if (answer.is === 'failed') reject(new AudiozooError(answer.error));
          else resolve(answer.is === 'done' ? answer : { is: 'done' });
        }
      };
      child.on('message', onMessage);
      onOver = (how) => {
        stop();
        resolve({ is: 'over', how, underWay: [...underWay] });
      };
      send(child, order);
    });
  };
  const stop = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  const begun = await perform({ to: 'begin', with: given }, secondsToBegin)
    .catch(async (error) => {
      stop(); // one that has said why it cannot would wait for orders
      await over;
      throw error;
    })
    .finally(() => signal.removeEventListener('abort', stop));
  if (begun.is === 'over')
    return { is: 'over', how: said === '' ? begun.how : `${begun.how}: ${said.trim()}` };
  return {
    do: (order, onHeard) => perform(order, silenceSeconds, onHeard),
    async kill() {
      child.kill('SIGKILL');
      await over;
    },
  };
}

/** That it is gone is told by its end. */
function send(child: ChildProcess, order: Order): void {
  if (child.connected) child.send(order, () => {});
}
