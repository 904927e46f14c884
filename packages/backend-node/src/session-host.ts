// Where a session lives: in this thread (local-session.js) or in one of its own (session-thread.ts).

import type { Inputs, Outputs } from '@audiozoo/core';
import type { InferenceSession } from 'onnxruntime-common';

export interface HostRunOptions {
  /** More inputs, which may be moved to another thread. */
  readonly lent?: Inputs;
  /** Gets them whenever the run is over, unless the thread has ended. */
  giveBack?(lent: Inputs): void;
  /** Tensors that outputs of their names are written into. They are the host's from then on. */
  readonly into?: Outputs;
}

/** Holds one onnxruntime session at a time, which does one thing at a time. Throws what onnxruntime throws. */
export interface SessionHost {
  /** onnxruntime's. */
  readonly version: string;
  /** Why it can do nothing more, once it cannot. */
  readonly failure?: Error | undefined;
  /** Opens a session, in place of the one before. The graph's buffer is the session's from then on. */
  open(graph: Uint8Array, options: InferenceSession.SessionOptions): Promise<void>;
  /** Inputs stay as they are; outputs are the caller's. */
  run(inputs: Inputs, outputs: readonly string[], options?: HostRunOptions): Promise<Outputs>;
  /** Releases the session, and the thread that held it. */
  close(): Promise<void>;
}
