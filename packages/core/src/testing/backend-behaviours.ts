// What backends promise besides right numbers. Each behaviour gets a backend of its own.

import type { BackendBehaviour } from './backend-behaviour.js';
import { disposingBehaviours } from './disposing-behaviours.js';
import { loadingBehaviours } from './loading-behaviours.js';
import { refusingBehaviours } from './refusing-behaviours.js';
import { runningBehaviours } from './running-behaviours.js';

export const backendBehaviours: readonly BackendBehaviour[] = [
  ...loadingBehaviours,
  ...runningBehaviours,
  ...refusingBehaviours,
  ...disposingBehaviours,
];
