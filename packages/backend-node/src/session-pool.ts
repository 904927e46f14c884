// Sessions of one model that share its runs: each goes to one that is idle, or waits its turn.

import type { Runner } from '@audiozoo/core/plugin';
import { runtimeError } from './runtime-error.js';
import type { SessionHost } from './session-host.js';
import type { WeightsFiles } from './weights-files.js';

/** `files` are what the sessions read, and closed with them. */
export function sessionPool(
  hosts: readonly SessionHost[],
  files: Pick<WeightsFiles, 'check' | 'close'>,
): Omit<Runner, 'device'> {
  const idle = [...hosts];
  /** Who waits for a session, in the order in which they came. */
  const turns: ((host: SessionHost) => void)[] = [];

  return {
    async run(inputs, outputs, signal) {
      const host = idle.shift() ?? (await new Promise<SessionHost>((turn) => turns.push(turn)));
      try {
        // A thread that has ended would be idle again at once, and take every run.
        const failure = hosts.find((each) => each.failure)?.failure;
        if (failure) throw failure;
        await files.check();
        signal?.throwIfAborted();
        const results = await host.run(inputs, outputs);
        await files.check(); // or they may be of weights that changed meanwhile
        return results;
      } catch (cause) {
        if (signal?.aborted) throw signal.reason;
        throw runtimeError('run', cause);
      } finally {
        const next = turns.shift();
        if (next) next(host);
        else idle.push(host);
      }
    },
    async dispose() {
      await Promise.all(hosts.map((host) => host.close()));
      await files.close();
    },
  };
}
