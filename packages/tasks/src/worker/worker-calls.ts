// Calls to a worker that wait for their answers.

import { AudiozooError } from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import {
  type CallArguments,
  type CallName,
  type CallResult,
  isMarked,
  type MessageEndpoint,
  type ToWorker,
} from './worker-messages.js';

export interface CallOptions<Result> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FileProgress) => void) | undefined;
  /** Buffers that go over with the call instead of being copied. */
  readonly transfer?: Transferable[];
  /** Gets a result that came after the call was aborted. */
  readonly onLate?: (result: Result) => void;
}

export interface WorkerCalls {
  call<Name extends CallName>(
    name: Name,
    values: CallArguments<Name>,
    options?: CallOptions<CallResult<Name>>,
  ): Promise<CallResult<Name>>;
  /** Rejects what waits, and every later call. */
  close(): void;
}

interface Pending {
  settle(outcome: { readonly result: unknown } | { readonly error: unknown }): void;
  readonly onProgress: ((progress: FileProgress) => void) | undefined;
}

function notPosted(cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'something in the call cannot be sent to the worker',
    expected: 'data: no functions, promises or handles of one thread',
    got: String(cause),
    cause,
  });
}

export function workerCalls(endpoint: MessageEndpoint): WorkerCalls {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let broken: AudiozooError | undefined;
  const post = (message: ToWorker, transfer: Transferable[] = []) => endpoint.postMessage(message, transfer);

  const onMessage = (event: Event) => {
    const { data } = event as MessageEvent<unknown>;
    if (!isMarked(data)) return;
    const waiting = pending.get(data.id);
    if (data.audiozoo === 'progress') waiting?.onProgress?.(data.progress);
    else if (data.audiozoo === 'result') waiting?.settle({ result: data.result });
    else if (data.audiozoo === 'error') waiting?.settle({ error: new AudiozooError(data.error) });
  };
  const onFailure = (event: Event) => {
    const { message } = event as Partial<ErrorEvent>;
    breakOff(
      new AudiozooError({
        code: 'runtime',
        what: 'the worker failed',
        got: message || 'no message: its script may not have loaded',
        hint: 'Make another worker, and load the model again.',
      }),
    );
  };

  function breakOff(error: AudiozooError): void {
    broken ??= error;
    endpoint.removeEventListener('message', onMessage);
    endpoint.removeEventListener('messageerror', onFailure);
    endpoint.removeEventListener('error', onFailure);
    for (const { settle } of [...pending.values()]) settle({ error: broken });
  }

  endpoint.addEventListener('message', onMessage);
  endpoint.addEventListener('messageerror', onFailure);
  endpoint.addEventListener('error', onFailure);
  endpoint.start?.();

  return {
    async call(name, values, { signal, onProgress, transfer, onLate } = {}) {
      signal?.throwIfAborted();
      if (broken) throw broken;
      const id = ++lastId;
      return new Promise<CallResult<typeof name>>((resolve, reject) => {
        const cancel = () => {
          reject(signal!.reason);
          post({ audiozoo: 'cancel', id });
        };
        signal?.addEventListener('abort', cancel, { once: true });
        pending.set(id, {
          onProgress: (progress) => signal?.aborted || onProgress?.(progress),
          settle(outcome) {
            pending.delete(id);
            signal?.removeEventListener('abort', cancel);
            if ('error' in outcome) return reject(outcome.error);
            const result = outcome.result as CallResult<typeof name>;
            if (signal?.aborted) onLate?.(result);
            else resolve(result);
          },
        });
        try {
          post({ audiozoo: 'call', id, call: name, values }, transfer);
        } catch (error) {
          pending.get(id)!.settle({ error: notPosted(error) });
        }
      });
    },
    close() {
      breakOff(
        new AudiozooError({
          code: 'disposed',
          what: 'the connection to the worker is closed',
          hint: 'Connect again, to the same or another worker.',
        }),
      );
    },
  };
}
