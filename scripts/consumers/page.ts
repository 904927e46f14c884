// A page on four packages, as a bundler gets it: what is heard becomes its title.

import { ast } from '@audiozoo/ast';
import { wasm } from '@audiozoo/backend-web/wasm';
import { AudiozooError } from '@audiozoo/core';
import { loadClassifier } from '@audiozoo/tasks';

try {
  const classifier = await loadClassifier('models/spoken-digits', { models: [ast], backend: wasm() });
  const [best] = await classifier.classify('models/spoken-digits/clips/7_seven.wav', { topK: 1 });
  document.title = best!.label;
} catch (error) {
  document.title = AudiozooError.isInstance(error) ? `${error.code}: ${error.message}` : String(error);
}
