// What is fetched, how much that is, and what is here to stay: below the heading, where it is seen first. The page itself shows
// the bar, before any script has come.

import type { FileProgress } from '@audiozoo/core/files';
import { element } from './element.js';
import type { Shell } from './keep-offline.js';
import { formatBytes, hasCome, isSmall } from './load-progress.js';

export interface Arrival {
  /** `bytes` are those of the model, where the page knows. */
  begin(name: string, bytes?: number): void;
  show(progress: FileProgress): void;
  /** The model is here. */
  ready(): void;
  /** It did not come, and somebody else says why. */
  failed(): void;
  /** The page is there for visits without a network. */
  kept(shell: Shell | undefined): void;
}

export function createArrival(): Arrival {
  const place = element('arrival');
  const bar = place.querySelector('progress')!;
  const text = element('arrival-text');
  let name = '';
  let bytes: number | undefined;
  let here = '';
  let kept = '';

  const rest = () => {
    bar.hidden = true;
    text.textContent = [here, kept].filter(Boolean).join(' ');
  };
  const amount = () => (bytes ? `, ${formatBytes(bytes)}` : '');

  return {
    begin(asked, known) {
      [name, bytes] = [asked, known];
      bar.hidden = false;
      bar.removeAttribute('value');
      text.textContent = `Asking for ${name}${amount()}…`;
    },
    show(progress) {
      const { from, done, total } = progress;
      if (total !== undefined && !isSmall(progress)) bytes = total;
      if (hasCome(progress)) text.textContent = `Starting ${name}${amount()}…`;
      else if (from !== 'network') text.textContent = `Opening ${name}${amount()}…`;
      else if (isSmall(progress)) text.textContent = `Downloading ${name}${amount()}…`;
      else
        text.textContent = `Downloading ${name}: ${formatBytes(done)}${total ? ` of ${formatBytes(total)}` : ''}`;
      if (total && !isSmall(progress) && !hasCome(progress)) bar.value = done / total;
      else bar.removeAttribute('value');
    },
    ready() {
      here = `${name} is here${amount()}.`;
      rest();
    },
    failed() {
      here = `${name} could not be loaded.`;
      rest();
    },
    kept(shell) {
      kept = `The page is kept on this device${shell ? `, ${formatBytes(shell.bytes)}` : ''}: it works without a network.`;
      if (bar.hidden) rest();
    },
  };
}
