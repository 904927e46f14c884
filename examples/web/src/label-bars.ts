// The likeliest labels as bars. Rows stay where they are and change what they say, so that live results do
// not make the page jump.

import type { ScoredLabel } from '@audiozoo/tasks';
import { hueOfLabel } from './label-color.js';

export interface LabelBars {
  show(labels: readonly ScoredLabel[]): void;
  clear(): void;
}

export function createLabelBars(list: HTMLElement, rowCount: number): LabelBars {
  const rows = Array.from({ length: rowCount }, createRow);
  list.replaceChildren(...rows.map(({ item }) => item));

  function show(labels: readonly ScoredLabel[]): void {
    rows.forEach(({ item, name, share, bar }, index) => {
      const scored = labels[index];
      item.hidden = !scored;
      name.textContent = scored?.label ?? '';
      share.textContent = scored ? formatShare(scored.score) : '';
      bar.style.setProperty('--share', `${scored?.score ?? 0}`);
      bar.style.setProperty('--hue', `${hueOfLabel(scored?.index ?? 0)}`);
    });
  }
  show([]);
  return { show, clear: () => show([]) };
}

/** 0.9931 → 99 %. What is not quite certain, or not quite impossible, is not called so. */
export function formatShare(score: number): string {
  if (score > 0.99 && score < 1) return score >= 0.995 ? '> 99 %' : '99 %';
  if (score > 0 && score < 0.01) return '< 1 %';
  return `${Math.round(100 * score)} %`;
}

function createRow() {
  const item = document.createElement('li');
  const [name, share, bar] = ['name', 'share', 'bar'].map((kind) => {
    const part = document.createElement('span');
    part.className = kind;
    return part;
  }) as [HTMLElement, HTMLElement, HTMLElement];
  item.append(name, ' ', share, bar);
  return { item, name, share, bar };
}
