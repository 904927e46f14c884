import {
  backendBehaviors,
  conformanceCases,
  describeBackend,
  referenceBackend,
} from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';

describe('the reference backend', () => {
  describeBackend({ describe, test }, referenceBackend);
});

test('every case has a name of its own', () => {
  const names = [...conformanceCases, ...backendBehaviors].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
