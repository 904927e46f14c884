import { type Budget, createBudget } from '@audiozoo/core/plugin';
import { refusal } from '../refusal.js';

/** A pickle of 100,000 tensors; those of AST take a tenth of a megabyte. */
export const maxPickleBytes = 24_000_000;

/** What opening a checkpoint may cost: as many tensors as such a pickle holds. */
export function checkpointBudget(name: string, signal: AbortSignal | undefined): Budget {
  return createBudget({ name, code: 'checkpoint', operations: 30_000_000, bytes: 150_000_000, signal });
}

/** Refuses a pickle before it is read. */
export function checkPickleSize(name: string, bytes: number): void {
  if (bytes <= maxPickleBytes) return;
  throw refusal(name, 'is too large', { expected: `at most ${maxPickleBytes} bytes`, got: `${bytes}` });
}
