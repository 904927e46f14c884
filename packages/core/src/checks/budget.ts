// What reading bytes of strangers may cost. Every reader of them draws on one of these, so that no file, however it was
// made, takes more time or memory than a few readable numbers say; and a reader that works for long lets the program
// hear Ctrl-C meanwhile.

import { type ErrorCode, refusing } from '../errors.js';
import { quote } from './quote.js';
import { rest } from './rest.js';

export interface BudgetLimits {
  /** Steps of work. Ten million are about a second. */
  readonly operations: number;
  /** Bytes that the reader takes into memory. */
  readonly bytes: number;
  /** Characters of a name. */
  readonly nameLength: number;
  /** How deep values may lie in one another. */
  readonly depth: number;
  /** Seconds from its making on: what the other limits let through by mistake ends here. */
  readonly seconds: number;
}

export interface BudgetOptions extends Partial<BudgetLimits> {
  /** Whose bytes these are, as messages name them: `model.pth`. */
  readonly name: string;
  /** Of the error when a limit is passed. */
  readonly code: ErrorCode;
  readonly signal?: AbortSignal | undefined;
}

/** What is left to spend. All but `rest` throw a typed error once a limit is passed. */
export interface Budget {
  readonly name: string;
  readonly code: ErrorCode;
  readonly limits: BudgetLimits;
  readonly signal: AbortSignal | undefined;
  /** Counts steps of work: 1 when absent. */
  spend(operations?: number): void;
  /** Counts bytes; call it before they are allocated. */
  take(bytes: number): void;
  /** Checks a name that the file gives to something. */
  checkName(name: string): void;
  checkDepth(depth: number): void;
  /** Lets other events happen if none could for a while; throws when the signal is aborted. */
  rest(): Promise<void>;
}

const usualLimits: BudgetLimits = {
  operations: 4_000_000,
  bytes: 64_000_000,
  nameLength: 1024,
  depth: 64,
  seconds: 60,
};

/** Asking for the time costs more than most steps. */
const operationsPerLook = 65_536;

export function createBudget({ name, code, signal, ...limitsGiven }: BudgetOptions): Budget {
  const limits: BudgetLimits = { ...usualLimits, ...limitsGiven };
  const began = performance.now();
  let operations = 0;
  let nextLook = operationsPerLook;
  let bytes = 0;

  const refuse = refusing(code, name, {
    hint: 'Check where this file comes from: no ordinary one is like this.',
  });
  const checkTime = () => {
    if (performance.now() - began > 1000 * limits.seconds) {
      throw refuse('takes too long to read', { expected: `at most ${limits.seconds} seconds` });
    }
  };

  return {
    name,
    code,
    limits,
    signal,
    spend(count = 1) {
      operations += count;
      if (operations > limits.operations) {
        throw refuse('takes too much work to read', { expected: `at most ${limits.operations} steps` });
      }
      if (operations < nextLook) return;
      nextLook = operations + operationsPerLook;
      checkTime();
    },
    take(count) {
      bytes += count;
      if (bytes <= limits.bytes) return;
      const expected = `at most ${limits.bytes} bytes`;
      throw refuse('takes too much memory to read', { expected, got: `${bytes} or more` });
    },
    checkName(text) {
      if (text.length <= limits.nameLength) return;
      throw refuse(`has a name that begins with ${quote(text.slice(0, 40))}`, {
        expected: `at most ${limits.nameLength} characters`,
        got: `${text.length}`,
      });
    },
    checkDepth(depth) {
      if (depth <= limits.depth) return;
      throw refuse('nests data too deep', { expected: `at most ${limits.depth} levels` });
    },
    async rest() {
      await rest(signal);
      checkTime();
    },
  };
}
