// What backends promise besides right numbers. Each behavior gets a backend of its own.

import type { BackendBehavior } from './backend-behavior.js';
import { disposingBehaviors } from './disposing-behaviors.js';
import { lengthBehaviors } from './length-behaviors.js';
import { loadingBehaviors } from './loading-behaviors.js';
import { refusingBehaviors } from './refusing-behaviors.js';
import { runningBehaviors } from './running-behaviors.js';

export const backendBehaviors: readonly BackendBehavior[] = [
  ...loadingBehaviors,
  ...lengthBehaviors,
  ...runningBehaviors,
  ...refusingBehaviors,
  ...disposingBehaviors,
];
