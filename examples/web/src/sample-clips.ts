// Words to start with, one button each.

const urls = import.meta.glob<string>('../../../models/spoken-digits/clips/*.wav', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** Fills `place` with a button for each bundled clip: `7_seven.wav` is called seven. */
export function createSampleClips(
  place: HTMLElement,
  onClip: (file: File, word: string) => void,
  onError: (error: unknown) => void,
): void {
  const buttons = Object.entries(urls).map(([path, url]) => {
    const fileName = path.slice(path.lastIndexOf('/') + 1);
    const word = fileName.replace(/^[^_]*_|\.wav$/g, '');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'clip';
    button.textContent = word;
    button.addEventListener('click', async () => {
      try {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`The clip could not be fetched: ${response.status}.`);
        onClip(new File([await response.blob()], fileName, { type: 'audio/wav' }), word);
      } catch (error) {
        onError(error);
      }
    });
    return button;
  });
  place.replaceChildren(...buttons);
}
