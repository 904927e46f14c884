// Sounds to start with, one button each.

import type { BundledName } from './open-model.js';

const wordUrls = import.meta.glob<string>('../../../models/spoken-digits/clips/*.wav', {
  query: '?url',
  import: 'default',
  eager: true,
});
const soundUrls = import.meta.glob<string>('../../../models/ten-sounds/clips/*.ogg', {
  query: '?url',
  import: 'default',
  eager: true,
});
const urlsOf: Readonly<Record<BundledName, Readonly<Record<string, string>>>> = {
  'spoken-digits': wordUrls,
  'ten-sounds': soundUrls,
};

/** Fills `place` with a button for each clip of a model: `7_seven.wav` is called seven, `sea_waves.ogg` sea waves. */
export function createSampleClips(
  model: BundledName,
  place: HTMLElement,
  onClip: (file: File, title: string) => void,
  onError: (error: unknown) => void,
): void {
  const buttons = Object.entries(urlsOf[model]).map(([path, url]) => {
    const fileName = path.slice(path.lastIndexOf('/') + 1);
    const title = fileName.replace(/^\d+_|^unknown_|\.\w+$/g, '').replaceAll('_', ' ');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'clip';
    button.textContent = title;
    button.addEventListener('click', async () => {
      try {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`The clip could not be fetched: ${response.status}.`);
        const blob = await response.blob();
        onClip(new File([blob], fileName, { type: blob.type }), title);
      } catch (error) {
        onError(error);
      }
    });
    return button;
  });
  place.replaceChildren(...buttons);
}
