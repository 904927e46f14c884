// Sessions of one model that share its runs: each goes to one that is idle, or waits its turn.

import type { Inputs, Outputs } from '@audiozoo/core';
import { abortable } from './abortable.js';
import { runtimeError } from './runtime-error.js';
import type { SessionHost } from './session-host.js';
import type { WeightsFiles } from './weights-files.js';

export interface SessionPool {
  /** Rejects with the signal's reason as soon as it is aborted; a run that has begun goes on unheard. */
  run(inputs: Inputs, outputs: readonly string[], signal: AbortSignal | undefined): Promise<Outputs>;
  /** Lets all runs finish, then closes the sessions. */
  close(): Promise<void>;
}

/** `files` are what the sessions read, and closed with them. */
export function sessionPool(
  hosts: readonly SessionHost[],
  files: Pick<WeightsFiles, 'check' | 'close'>,
): SessionPool {
  const idle = [...hosts];
  /** Who waits for a session, in the order in which they came. */
  const turns = new Set<(host: SessionHost) => void>();

  const acquire = (signal?: AbortSignal): Promise<SessionHost> => {
    const host = idle.shift();
    if (host) return Promise.resolve(host);
    return new Promise((resolve, reject) => {
      const leave = () => {
        turns.delete(turn);
        reject(signal!.reason);
      };
      const turn = (freed: SessionHost) => {
        signal?.removeEventListener('abort', leave);
        resolve(freed);
      };
      signal?.addEventListener('abort', leave, { once: true });
      turns.add(turn);
    });
  };
  const free = (host: SessionHost): void => {
    const [turn] = turns;
    if (!turn) return void idle.push(host);
    turns.delete(turn);
    turn(host);
  };

  const runOn = async (host: SessionHost, inputs: Inputs, outputs: readonly string[]): Promise<Outputs> => {
    try {
      // A thread that has ended would be idle again at once, and take every run.
      const failure = hosts.find((each) => each.failure)?.failure;
      if (failure) throw failure;
      await files.check();
      const results = await host.run(inputs, outputs);
      await files.check(); // or they may be of weights that changed meanwhile
      return results;
    } catch (cause) {
      throw runtimeError('run', cause);
    } finally {
      free(host);
    }
  };

  return {
    async run(inputs, outputs, signal) {
      const host = await acquire(signal);
      // A turn once given does not hear the signal until here.
      if (signal?.aborted) {
        free(host);
        throw signal.reason;
      }
      return abortable(runOn(host, inputs, outputs), signal);
    },
    async close() {
      await Promise.all(hosts.map(() => acquire()));
      await Promise.all(hosts.map((host) => host.close()));
      await files.close();
    },
  };
}
