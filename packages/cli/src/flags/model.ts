// `--model`, once or several times.

import type { Backend } from '@audiozoo/core';
import { type Ensemble, ensemble, type LoadClassifierOptions, loadClassifier } from '@audiozoo/tasks';
import type { Session } from '../session/session.js';

export const severalModels =
  'a model directory; of several (--model A --model B), probabilities are averaged';

/** The model of a directory, or those of several as an ensemble, after a note on what they run. */
export async function loadModels(
  directories: readonly string[],
  { backend, ...options }: LoadClassifierOptions,
  session: Session,
): Promise<Ensemble> {
  const classifiers: Ensemble[] = [];
  try {
    for (const directory of directories) {
      const classifier = await loadClassifier(directory, {
        ...options,
        backend: breathing(backend, session),
      });
      classifiers.push(classifier);
      session.note(`${directory} on ${classifier.device}`);
    }
    return classifiers.length === 1 ? classifiers[0]! : ensemble(classifiers);
  } catch (error) {
    for (const classifier of classifiers) await classifier.dispose();
    throw error;
  }
}

/** A backend that lets signals in before each run: see `Session.letOthersRun`. */
function breathing(backend: Backend, session: Session): Backend {
  return {
    name: backend.name,
    async load(...given) {
      const loaded = await backend.load(...given);
      return {
        device: loaded.device,
        dispose: () => loaded.dispose(),
        async run(...call) {
          await session.letOthersRun();
          return loaded.run(...call);
        },
      };
    },
  };
}
