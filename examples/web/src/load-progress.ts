// How far loading has come, with a way to stop it.

import type { FileProgress } from '@audiozoo/core/files';

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

export function createLoadProgress(element: HTMLElement): LoadProgress {
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
    show({ from, file, done, total }) {
      text.textContent = `${verbs[from]} ${file}: ${formatBytes(done)}${total ? ` of ${formatBytes(total)}` : ''}`;
      if (total) bar.value = done / total;
      else bar.removeAttribute('value');
    },
    end() {
      element.hidden = true;
    },
  };
}

export function formatBytes(bytes: number): string {
  if (bytes < 1e5) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
