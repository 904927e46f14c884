// The likeliest label in large letters, how sure the model is, and the next ones as bars.

import type { ScoredLabel } from '@audiozoo/tasks';
import type { Announcer } from './announcer.js';
import { element } from './element.js';
import { createLabelBars, formatShare } from './label-bars.js';
import { isSilence } from './label-color.js';

/** Scores below are no answer. */
export const sureEnough = 0.5;
const barCount = 5;

export interface Answer {
  /** Shows labels, best first. `where` says which part of the sound they are of. */
  show(labels: readonly ScoredLabel[], where?: string): void;
  /** The same of a sound that was heard to its end: those who listen to the page are told also where there is no answer. */
  conclude(labels: readonly ScoredLabel[], where?: string): void;
  /** Has no answer, and says why. */
  wait(text: string): void;
}

export function createAnswer(announcer: Announcer): Answer {
  const heard = element('heard');
  const sureness = element('sureness');
  const bars = createLabelBars(element('bars'), barCount);

  function show(labels: readonly ScoredLabel[], where?: string): boolean {
    const [best] = labels;
    bars.show(labels.slice(0, barCount));
    const isSure = best && best.score >= sureEnough;
    const heardSomething = isSure && !isSilence(best.label);
    heard.textContent = isSure ? best.label : 'not sure';
    heard.toggleAttribute('data-empty', !heardSomething);
    const how = best ? `${formatShare(best.score)} ${isSure ? 'sure' : best.label}` : 'No label';
    sureness.textContent = where ? `${how}, ${where}` : how;
    if (heardSomething) announcer.say(`${best.label}, ${formatShare(best.score)}`);
    return heardSomething === true;
  }

  return {
    show,
    conclude(labels, where) {
      if (!show(labels, where)) announcer.say(`${heard.textContent}: ${sureness.textContent}`);
    },
    wait(text) {
      bars.clear();
      heard.textContent = '–';
      heard.toggleAttribute('data-empty', true);
      sureness.textContent = text;
    },
  };
}
