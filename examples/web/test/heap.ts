// How much memory the page and its workers hold on to, once their garbage has been collected.

import type { CDPSession, Page } from 'playwright-core';
import { heapBytes } from '../../../testing/chromium/heap-bytes.js';

export interface Heaps {
  /** Bytes in all. */
  measure(): Promise<number>;
}

/** Attaches to a page's main thread and to the workers that it has now. */
export async function heapsOf(page: Page): Promise<Heaps> {
  const session = await page.context().newCDPSession(page);
  const workers: string[] = [];
  session.on('Target.attachedToTarget', ({ sessionId }) => workers.push(sessionId));
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false });
  if (workers.length === 0) throw new Error('The page has no worker to measure.');

  const usage = async (send: (method: string) => Promise<unknown>) => {
    await send('HeapProfiler.collectGarbage');
    return heapBytes(send);
  };
  return {
    async measure() {
      let bytes = await usage((method) => session.send(method as 'Runtime.getHeapUsage'));
      for (const worker of workers) bytes += await usage((method) => sendTo(session, worker, method));
      return bytes;
    },
  };
}

let lastId = 0;

/** Calls a method in a worker. */
function sendTo(session: CDPSession, worker: string, method: string): Promise<unknown> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const receive = ({ sessionId, message }: { sessionId: string; message: string }) => {
      const answer = JSON.parse(message) as { id?: number; result?: unknown; error?: { message: string } };
      if (sessionId !== worker || answer.id !== id) return;
      session.off('Target.receivedMessageFromTarget', receive);
      if (answer.error) reject(new Error(answer.error.message));
      else resolve(answer.result);
    };
    session.on('Target.receivedMessageFromTarget', receive);
    const message = JSON.stringify({ id, method });
    session.send('Target.sendMessageToTarget', { sessionId: worker, message }).catch(reject);
  });
}
