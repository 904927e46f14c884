// Two hooks: a model, and what it hears. Copy this file.

import {
  type AudioClassifier,
  type LoadClassifierOptions,
  listen,
  loadClassifier,
  openMicrophone,
  type ScoredLabel,
} from 'audiozoo';
import { useEffect, useState } from 'react';

interface Loaded {
  /** There once it is loaded. */
  readonly classifier?: AudioClassifier;
  /** Why there is none. */
  readonly error?: Error;
}

/** A model for as long as the component is there; of another name, another. Its device and threads are of the first call. */
export function useClassifier(
  model: string,
  options: Pick<LoadClassifierOptions, 'device' | 'threads'> = {},
): Loaded {
  const [loaded, setLoaded] = useState<Loaded & { readonly model?: string }>({});
  const [firstOptions] = useState(options);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const loading = loadClassifier(model, { ...firstOptions, signal });
    loading.then(
      (classifier) => signal.aborted || setLoaded({ model, classifier }),
      (error: Error) => signal.aborted || setLoaded({ model, error }),
    );
    return () => {
      leaving.abort();
      // Also one that is loaded only now.
      loading.then(
        (classifier) => classifier.dispose(),
        () => undefined,
      );
    };
  }, [model, firstOptions]);
  // What is left of the model before is not this one.
  return loaded.model === model ? loaded : {};
}

interface Heard {
  /** The best labels of the latest sound. */
  readonly labels: readonly ScoredLabel[];
  /** Seconds since it began to listen. */
  readonly time?: number;
  /** Why it cannot hear. */
  readonly error?: Error;
}

const nothing: Heard = { labels: [] };

interface ListenerOptions {
  /** The microphone is open while this is true. Browsers want a click first. */
  readonly listening: boolean;
  /** Seconds from one answer to the next. */
  readonly hop?: number;
  readonly topK?: number;
}

/** What the classifier hears from the microphone. */
export function useListener(
  classifier: AudioClassifier | undefined,
  { listening, hop = 0.5, topK = 5 }: ListenerOptions,
): Heard {
  const [heard, setHeard] = useState(nothing);
  useEffect(() => {
    if (!classifier || !listening) return;
    const leaving = new AbortController();
    const { signal } = leaving;
    hear(classifier, { hop, topK, signal }, setHeard).catch((error: Error) => {
      if (!signal.aborted) setHeard({ labels: [], error });
    });
    return () => {
      leaving.abort();
      setHeard(nothing);
    };
  }, [classifier, listening, hop, topK]);
  return heard;
}

async function hear(
  classifier: AudioClassifier,
  options: { readonly hop: number; readonly topK: number; readonly signal: AbortSignal },
  tell: (heard: Heard) => void,
): Promise<void> {
  const microphone = await openMicrophone();
  try {
    for await (const { labels, time } of listen(classifier, microphone, options)) {
      if (!options.signal.aborted) tell({ labels, time });
    }
  } finally {
    for (const track of microphone.getTracks()) track.stop();
  }
}
