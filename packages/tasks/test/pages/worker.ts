// The plain-loop backend needs no runtime, and keeps a worker busy for long enough to see who waits.

import { ast } from '@audiozoo/ast';
import { referenceBackend } from '@audiozoo/core/testing';
import { serveClassifier } from '@audiozoo/tasks';

serveClassifier({
  models: [ast],
  backend: referenceBackend(),
  converters: () => import('@audiozoo/converters'),
});

self.addEventListener('message', ({ data }) => {
  if (data === 'crash') throw new Error('boom');
});
