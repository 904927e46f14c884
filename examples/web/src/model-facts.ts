// What the model in use is: its name, what it hears and knows, and what its conversion took for granted.

import { element } from './element.js';
import { formatBytes } from './load-progress.js';
import { nameOfModel, type OpenModel } from './open-model.js';

const labelsNamed = 12;

export interface ModelFacts {
  show(model: OpenModel): void;
  /** There is no model. */
  clear(): void;
}

export function createModelFacts(onChangeAssumptions: (checkpoint: File, model: string) => void): ModelFacts {
  const name = element('model-name');
  const facts = element('model-facts');
  const labelNames = element('model-labels');
  const assumptions = element('assumptions');
  const list = assumptions.querySelector('ul')!;
  let checkpoint: File | undefined;
  let type = '';
  assumptions.querySelector('button')!.addEventListener('click', () => {
    if (checkpoint) onChangeAssumptions(checkpoint, type);
  });

  return {
    show({ source, classifier: { labels, frontEnd, problemType, conversion, alongTime } }) {
      checkpoint = source.kind === 'checkpoint' ? source.file : undefined;
      type = `${conversion?.recognized.model}`;
      name.textContent = nameOfModel(source);
      const weights =
        conversion &&
        `${(conversion.parameters / 1e6).toFixed(1)} M weights, ${formatBytes(conversion.bytes)}`;
      const { maxSamples, windowSamples = maxSamples } = frontEnd;
      const atOnce = problemType === 'multi_label_classification' ? 'several at once' : 'one at a time';
      facts.textContent = [
        labels.length === 0 ? 'no labels of its own' : `${labels.length} labels, ${atOnce}`,
        `hears ${(windowSamples / frontEnd.sampleRate).toFixed(1)} s at ${frontEnd.sampleRate / 1000} kHz`,
        ...(alongTime ? [`tells them every ${Math.round(1000 * alongTime.secondsPerStep)} ms`] : []),
        ...(weights ? [weights] : []),
      ].join(' · ');

      const named = labels.slice(0, labelsNamed).map((label) => label.name);
      const rest = labels.length - named.length;
      labelNames.textContent =
        labels.length === 0
          ? 'Give it a recording, and ask in words where something is heard.'
          : `It knows ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`;
      labelNames.hidden = false;

      const assumed = conversion?.assumptions ?? [];
      assumptions.hidden = assumed.length === 0;
      list.replaceChildren(
        ...assumed.map((assumption) => {
          const item = document.createElement('li');
          item.textContent = assumption;
          return item;
        }),
      );
    },
    clear() {
      facts.textContent = 'No model is loaded.';
      labelNames.hidden = true;
    },
  };
}
