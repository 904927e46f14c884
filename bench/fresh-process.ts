// Processes of their own, whose memory and event loop nobody else uses.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Starts a script of this folder, plain JavaScript, in plain Node. */
export function startProcess(script: string): ChildProcess {
  // 'advanced' carries typed arrays; no flags of this process (a TypeScript loader's) are handed on.
  return fork(new URL(script, import.meta.url), { execArgv: [], serialization: 'advanced' });
}

/** What a process says next. Throws when it ends instead. */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const waiting = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', waiting).then(([message]) => message as Message),
      once(child, 'exit', waiting).then(([code, signal]) => {
        throw new Error(`${child.spawnargs.slice(1).join(' ')} ended with ${code ?? signal}; see above.`);
      }),
    ]);
  } finally {
    waiting.abort();
  }
}
