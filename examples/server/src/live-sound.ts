// Sound as it comes, from the thread that has the connection to the one that hears it. What has been sent and not
// taken is counted, so that a sender can be kept waiting.

import type { MessagePort } from 'node:worker_threads';
import type { AudioPieces } from '@audiozoo/features';

/** What goes to the hearer: samples, or null at the end. What comes back: how many samples it has taken. */
type Sent = ArrayBuffer | null;

export interface LiveSender {
  /** Samples that wait to be taken. */
  readonly waiting: number;
  /** The samples become the hearer's. */
  send(samples: Float32Array<ArrayBuffer>): void;
  end(): void;
}

/** `onTaken` is told whenever fewer samples wait than before. */
export function liveSender(port: MessagePort, onTaken: () => void): LiveSender {
  let waiting = 0;
  port.on('message', (taken: number) => {
    waiting -= taken;
    onTaken();
  });
  return {
    get waiting() {
      return waiting;
    },
    send(samples) {
      waiting += samples.length;
      port.postMessage(samples.buffer satisfies Sent, [samples.buffer]);
    },
    end: () => port.postMessage(null satisfies Sent),
  };
}

/** One channel, of a sample rate in hertz, as `listen` takes it. */
export function liveSound(port: MessagePort, sampleRate: number): AudioPieces {
  const queue: Sent[] = [];
  let wake = () => {};
  port.on('message', (sent: Sent) => {
    queue.push(sent);
    wake();
  });
  async function next(): Promise<IteratorResult<Float32Array, undefined>> {
    while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const sent = queue.shift()!;
    if (sent === null) return { done: true, value: undefined };
    const samples = new Float32Array(sent);
    port.postMessage(samples.length);
    return { done: false, value: samples };
  }
  return { sampleRate, [Symbol.asyncIterator]: () => ({ next }) };
}
