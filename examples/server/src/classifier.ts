import type { AudioClassifier } from '@audiozoo/tasks';

/** What is asked of a classifier. */
export type Classifier = Pick<
  AudioClassifier,
  'device' | 'labels' | 'problemType' | 'frontEnd' | 'classify' | 'logits' | 'embed' | 'stream'
>;
