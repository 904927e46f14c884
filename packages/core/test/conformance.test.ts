import {
  backendBehaviors,
  conformanceCases,
  describeBackend,
  describeTraining,
  referenceBackend,
  trainingCases,
} from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';

describe('the reference backend', () => {
  describeBackend({ describe, test }, referenceBackend);
  describeTraining({ describe, test }, referenceBackend);
});

test('every case has a name of its own', () => {
  const names = [...conformanceCases, ...backendBehaviors, ...trainingCases].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
