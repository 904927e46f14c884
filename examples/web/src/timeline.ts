// Labels over time, below the spectrogram and on its scale. Of live sound the list moves as a whole; only its
// transform changes between predictions.

import { hueOfLabel } from './label-color.js';
import type { LabelSpan } from './label-spans.js';

export interface Timeline {
  show(spans: readonly LabelSpan[], scale: TimeScale): void;
  /** Moves the list: the picture's right edge is at `end` seconds. */
  scroll(end: number, secondsVisible: number): void;
  /** Marks the labels that sound at this time, and no others. */
  mark(seconds: number | undefined): void;
  clear(): void;
}

/** What the width stands for: a whole sound, or the visible part of live sound, which `scroll` moves. */
export interface TimeScale {
  readonly seconds: number;
  readonly live: boolean;
}

export function createTimeline(element: HTMLElement): Timeline {
  const list = element.querySelector('ol')!;
  let shown: readonly LabelSpan[] = [];

  return {
    show(spans, { seconds, live }) {
      shown = spans;
      const lanes = 1 + Math.max(0, ...spans.map(({ lane }) => lane));
      element.style.setProperty('--lanes', `${lanes}`);
      if (!live) list.style.transform = '';
      list.replaceChildren(...spans.map((span) => drawSpan(span, seconds)));
    },
    scroll(end, secondsVisible) {
      list.style.transform = `translateX(${100 * (1 - end / secondsVisible)}%)`;
    },
    mark(seconds) {
      shown.forEach(({ start, end }, place) => {
        const sounds = seconds !== undefined && start <= seconds && seconds < end;
        list.children[place]!.toggleAttribute('data-sounds', sounds);
      });
    },
    clear() {
      shown = [];
      list.style.transform = '';
      list.replaceChildren();
      element.style.setProperty('--lanes', '1');
    },
  };
}

function drawSpan({ label, index, start, end, lane }: LabelSpan, seconds: number): HTMLElement {
  const item = document.createElement('li');
  item.style.left = `${(100 * start) / seconds}%`;
  item.style.width = `${(100 * (end - start)) / seconds}%`;
  item.style.setProperty('--lane', `${lane}`);
  item.style.setProperty('--hue', `${hueOfLabel(index)}`);
  const name = document.createElement('span');
  name.textContent = label;
  const when = document.createElement('span');
  when.className = 'visually-hidden';
  when.textContent = ` from ${start.toFixed(1)} to ${end.toFixed(1)} seconds`;
  item.title = label;
  item.append(name, when);
  return item;
}
