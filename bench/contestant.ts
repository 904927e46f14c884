// One library in a process of its own, so that neither warms the other's caches, fills the other's heap or
// counts into the other's memory. They take turns: nothing runs in one while the other is timed.

import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextMessage, startProcess } from './fresh-process.js';

export interface Setting {
  readonly threads: number;
  /** The model directory. */
  readonly directory?: string;
  /** One clip, 16 kHz. */
  readonly samples?: Float32Array;
  /** transformers.js' name for the weights' type: `fp32`, `int8`, `q8`. */
  readonly dtype?: string;
  /** audiozoo's length of the model's input, where it is not the model's own. */
  readonly frames?: number;
  /** Which of peers/zoo.py's models; none for AST. */
  readonly peer?: string;
  /** A Python with PyTorch. */
  readonly python?: string;
  /** For peak.mjs: a product, and whether of integers. */
  readonly graph?: Uint8Array;
  readonly integers?: boolean;
}

/** What a process was asked to do, and what that took. */
export interface Reply {
  readonly milliseconds: number;
  readonly value?: Float32Array;
  /** The most memory the process ever held resident. */
  readonly peakBytes: number;
}

export type Task = 'features' | 'classify' | 'logits' | 'multiply' | 'operations';

/** onnxruntime's threads spin for a while after a run; the next to run should not share cores with them. */
const settleMilliseconds = 50;

export class Contestant {
  readonly #process: ChildProcess;

  /** `script` is a module of this folder. */
  constructor(script: string) {
    this.#process = startProcess(script);
  }

  /** Imports the library and loads the model: once, first. */
  load(setting: Setting): Promise<Reply> {
    return this.#ask({ task: 'load', setting });
  }

  /** Runs `task` on `batch` clips as often as `repeat` says; the time is that of one. */
  run(task: Task, { batch = 1, repeat = 1 } = {}): Promise<Reply> {
    return this.#ask({ task, batch, repeat });
  }

  stop(): void {
    this.#process.kill();
  }

  async #ask(message: object): Promise<Reply> {
    await sleep(settleMilliseconds);
    this.#process.send(message);
    return nextMessage(this.#process);
  }
}
