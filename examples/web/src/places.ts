// Type what to look for, hear where it is: a curve of how near each moment is, on the scale of the picture, and the nearest
// places.

import { placesApart } from '@audiozoo/tasks';
import { element } from './element.js';
import { isAbort } from './notice.js';
import type { Recording } from './recording.js';

export interface Places {
  /** Takes questions about a recording; `read` gives a text's place among sounds, of length 1. */
  open(recording: Recording, read: (text: string) => Promise<Float32Array>): void;
  close(): void;
}

export interface PlacesOptions {
  onPlay(seconds: number): void;
  onError(error: unknown): void;
}

interface Place {
  readonly start: number;
  readonly end: number;
  /** Cosine. */
  readonly score: number;
}

const mostPlaces = 6;

export function createPlaces(section: HTMLElement, { onPlay, onError }: PlacesOptions): Places {
  const form = section.querySelector('form')!;
  const input = element<HTMLInputElement>('query');
  const submit = form.querySelector('button')!;
  const status = element('places-status');
  const list = section.querySelector('ol')!;
  const curve = createCurve(element('curve') as unknown as SVGSVGElement);
  let asked: ((text: string) => Promise<readonly Place[]>) | undefined;
  let seconds = 0;

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const [ask, text] = [asked, input.value.trim()];
    if (!ask || text === '') return;
    submit.disabled = true;
    status.textContent = 'Reading…'; // the first loads what reads
    try {
      const scored = await ask(text);
      if (ask === asked) show(text, scored);
    } catch (error) {
      if (ask !== asked || isAbort(error)) return;
      status.textContent = 'Nothing found.';
      onError(error);
    } finally {
      submit.disabled = false;
    }
  });

  function show(text: string, scored: readonly Place[]): void {
    const nearestFirst = scored.toSorted((a, b) => b.score - a.score || a.start - b.start);
    const best = placesApart(nearestFirst, mostPlaces);
    const [most, least] = [best[0]!.score, Math.min(...scored.map(({ score }) => score))];
    curve.draw(scored, seconds);
    status.textContent = `The places that are nearest to “${text}”, by cosine.`;
    list.replaceChildren(
      ...best.map((place) => drawPlace(place, (place.score - least) / (most - least || 1), onPlay)),
    );
  }

  return {
    open(recording, read) {
      ({ seconds } = recording);
      asked = async (text) => {
        const words = await read(text);
        return recording.windows.map(({ start, end, embedding }) => {
          const score = embedding.reduce((sum, value, index) => sum + value * words[index]!, 0);
          return { start, end, score };
        });
      };
      section.hidden = false;
      input.focus({ preventScroll: true });
    },
    close() {
      asked = undefined;
      section.hidden = true;
      status.textContent = '';
      list.replaceChildren();
      curve.clear();
    },
  };
}

function drawPlace({ start, end, score }: Place, share: number, onPlay: (seconds: number) => void) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  const verb = document.createElement('span');
  verb.className = 'visually-hidden';
  verb.textContent = 'Play ';
  button.append(verb, `${formatTime(start)} – ${formatTime(end)}`);
  button.addEventListener('click', () => onPlay(start));
  const bar = document.createElement('span');
  bar.className = 'bar';
  bar.style.setProperty('--share', `${share}`);
  const cosine = document.createElement('span');
  cosine.className = 'share';
  cosine.textContent = score.toFixed(2).replace('-', '−');
  item.append(button, bar, cosine);
  return item;
}

/** 72.4 → 1:12 */
function formatTime(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${`${whole % 60}`.padStart(2, '0')}`;
}

/** How near each moment is, from the farthest to the nearest of all. */
function createCurve(svg: SVGSVGElement) {
  const path = svg.querySelector('path')!;
  return {
    draw(places: readonly Place[], seconds: number): void {
      const scores = places.map(({ score }) => score);
      const [least, most] = [Math.min(...scores), Math.max(...scores)];
      const height = (score: number) => 1 - (score - least) / (most - least || 1);
      const points = places.map(({ start, end, score }) => [(start + end) / 2, height(score)] as const);
      const ends = [[0, points[0]![1]], ...points, [seconds, points.at(-1)![1]]];
      const line = ends.map(([x, y]) => `${x!.toFixed(3)} ${y!.toFixed(4)}`).join(' L ');
      svg.setAttribute('viewBox', `0 0 ${seconds} 1`);
      path.setAttribute('d', `M 0 1 L ${line} L ${seconds} 1 Z`);
      svg.removeAttribute('hidden');
    },
    clear(): void {
      svg.setAttribute('hidden', '');
      path.removeAttribute('d');
    },
  };
}
