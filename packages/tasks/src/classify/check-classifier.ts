import { checkMethod } from '@audiozoo/core/plugin';

/** Throws an `argument` error unless `classifier` is one, to judge by what is called of it. */
export function checkClassifier(classifier: unknown, method: 'logits' | 'classify' | 'stream'): void {
  checkMethod('the classifier', classifier, method, 'what `loadClassifier` gives');
}
