// What a model tells the converters about beginning from nothing: how large it can be made, and which random numbers its
// weights begin with.

import type { ComputedTensor, InitializationOptions, InitializationPlan } from './initialization.js';
import type { Settings } from './setting.js';

export interface FreshStartPlan
  extends Pick<InitializationPlan, 'config' | 'preprocessorConfig' | 'assumptions'> {
  readonly tensors: readonly ComputedTensor[];
}

export interface FreshStart {
  /** How its weights begin, for people. */
  readonly about?: string;
  /** What a person may say of the new model: its sizes, its input. All have defaults. */
  readonly settings: Settings;
  /** Its settings have been checked. Throws an `argument` error on sizes that do not go together. */
  plan(options: InitializationOptions): FreshStartPlan;
}
