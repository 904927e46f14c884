// How far loading has come, with a way to stop it.

import type { FileProgress } from '@audiozoo/core/files';
import { leaveFocus } from './leave-focus.js';

export interface LoadProgress {
  begin(onCancel: () => void): void;
  show(progress: FileProgress): void;
  end(): void;
}

const verbs: Record<FileProgress['from'], string> = {
  network: 'Downloading',
  cache: 'Opening',
  checkpoint: 'Converting',
};

/** `next` gets the focus from a button that goes. */
export function createLoadProgress(element: HTMLElement, next: HTMLElement): LoadProgress {
  const bar = element.querySelector('progress')!;
  const text = element.querySelector('span')!;
  const cancel = element.querySelector('button')!;
  let onCancel = () => {};
  cancel.addEventListener('click', () => onCancel());

  return {
    begin(cancelled) {
      onCancel = cancelled;
      bar.removeAttribute('value');
      text.textContent = 'Starting…';
      element.hidden = false;
    },
    show(progress) {
      const { from, file, done, total } = progress;
      const amount = `${formatBytes(done)}${total ? ` of ${formatBytes(total)}` : ''}`;
      text.textContent = hasCome(progress) ? 'Starting the model…' : `${verbs[from]} ${file}: ${amount}`;
      if (total && !hasCome(progress)) bar.value = done / total;
      else bar.removeAttribute('value');
    },
    end() {
      leaveFocus(element, next);
      element.hidden = true;
    },
  };
}

/** Files that say what the model is, of a few kB. */
export function isSmall({ file }: FileProgress): boolean {
  return file.endsWith('.json');
}

/** All of the weights; what runs them may have to come still. */
export function hasCome(progress: FileProgress): boolean {
  return !isSmall(progress) && progress.total !== undefined && progress.done >= progress.total;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1e5) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
