import { describeBackend } from '@audiozoo/core/testing';
import { describe, test } from 'vitest';
import { plainLoops } from '../plain-loops.js';

describe('plain loops', () => {
  describeBackend({ describe, test }, plainLoops);
});
