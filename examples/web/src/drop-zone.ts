// The whole page takes what is dropped on it.

import { droppedFiles } from '@audiozoo/core/files';

export interface DropZoneOptions {
  /** Shown while something hovers over the page. */
  readonly veil: HTMLElement;
  /** `target` is what they were dropped on. */
  onFiles(files: readonly File[], target: Element): void;
  onError(error: unknown): void;
}

export function watchDrops({ veil, onFiles, onError }: DropZoneOptions): void {
  // Entering a child comes before leaving its parent, so both are counted.
  let depth = 0;
  const hover = (change: number) => {
    depth = Math.max(0, depth + change);
    veil.hidden = depth === 0;
  };
  const holdsFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;

  document.addEventListener('dragenter', (event) => {
    if (holdsFiles(event)) hover(1);
  });
  document.addEventListener('dragleave', (event) => {
    if (holdsFiles(event)) hover(-1);
  });
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    hover(-depth);
    const target = event.target as Element;
    if (event.dataTransfer) droppedFiles(event.dataTransfer).then((files) => onFiles(files, target), onError);
  });
}
