// A page's thread, its workers and the workers' workers, as DevTools reaches them: through one another.

import type { CDPSession } from 'playwright-core';

export interface DevtoolsThread {
  /** Calls a method of the DevTools protocol. Never answers when the thread has ended. */
  send(method: string, values?: object): Promise<unknown>;
}

interface AttachedThread extends DevtoolsThread {
  onEvent(listener: (method: string, values: EventValues) => void): void;
}

interface EventValues {
  readonly sessionId: string;
  readonly message: string;
}

const targetEvents = [
  'Target.attachedToTarget',
  'Target.detachedFromTarget',
  'Target.receivedMessageFromTarget',
] as const;

/** Attaches to a page's thread and to every worker, those to come too. */
export async function watchThreads(page: CDPSession): Promise<{ running(): DevtoolsThread[] }> {
  const workers = new Map<string, DevtoolsThread>();
  const pageThread: AttachedThread = {
    send: (method, values) => page.send(method as 'Runtime.enable', values as undefined),
    onEvent(listener) {
      for (const name of targetEvents) page.on(name, (values) => listener(name, values as EventValues));
    },
  };

  async function watchWorkers(thread: AttachedThread): Promise<void> {
    thread.onEvent((method, { sessionId }) => {
      if (method === 'Target.detachedFromTarget') workers.delete(sessionId);
      if (method !== 'Target.attachedToTarget') return;
      const worker = workerThread(thread, sessionId);
      workers.set(sessionId, worker);
      void watchWorkers(worker);
    });
    await thread.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    });
  }

  await watchWorkers(pageThread);
  return { running: () => [pageThread, ...workers.values()] };
}

/** A worker, reached through the thread that started it. */
function workerThread(parent: AttachedThread, sessionId: string): AttachedThread {
  const waiting = new Map<number, (result: unknown) => void>();
  const listeners: ((method: string, values: EventValues) => void)[] = [];
  let lastId = 0;
  parent.onEvent((method, values) => {
    if (method !== 'Target.receivedMessageFromTarget' || values.sessionId !== sessionId) return;
    const message = JSON.parse(values.message) as {
      readonly id?: number;
      readonly result?: unknown;
      readonly method?: string;
      readonly params?: EventValues;
    };
    if (message.id !== undefined) waiting.get(message.id)?.(message.result);
    else for (const listener of listeners) listener(message.method!, message.params!);
  });
  return {
    send: (method, values = {}) =>
      new Promise((resolve) => {
        const id = ++lastId;
        waiting.set(id, resolve);
        const message = JSON.stringify({ id, method, params: values });
        // A worker that has ended answers nothing, and is no longer among those that run.
        parent.send('Target.sendMessageToTarget', { sessionId, message }).catch(() => {});
      }),
    onEvent: (listener) => listeners.push(listener),
  };
}
