import type { Backend } from '../backend/backend.js';

export interface BackendBehavior {
  readonly name: string;
  /** Throws a plain Error when the backend does not behave so. */
  check(backend: Backend, tolerance: number): Promise<void>;
}
