// Hertz beside the spectrogram and seconds below it.

/** Kaldi's mel scale, on which the spectrogram's rows lie. */
const mel = (hertz: number): number => 1127 * Math.log1p(hertz / 700);
/** Hertz where the lowest row begins: the filter bank's default. */
const lowest = 20;
const roundFrequencies = [100, 500, 1000, 2000, 4000, 8000, 16000];
const niceSteps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600];

export function drawFrequencyAxis(axis: HTMLElement, sampleRate: number): void {
  const highest = sampleRate / 2;
  const ticks = roundFrequencies
    .filter((hertz) => hertz <= highest)
    .map((hertz) => {
      const height = (mel(hertz) - mel(lowest)) / (mel(highest) - mel(lowest));
      return tick('bottom', height, hertz >= 1000 ? `${hertz / 1000} kHz` : `${hertz} Hz`);
    });
  axis.replaceChildren(...ticks);
}

/** Seconds of a whole sound from its beginning. */
export function drawTimeAxis(axis: HTMLElement, seconds: number): void {
  const step = stepFor(axis, seconds);
  const count = step ? Math.floor(seconds / step + 1e-6) + 1 : 0;
  const ticks = Array.from({ length: count }, (_, index) => {
    const time = index * step;
    return tick('left', time / seconds, formatSeconds(time, step));
  });
  axis.replaceChildren(...ticks);
}

/** Seconds of live sound before now, which is at the right. */
export function drawLiveTimeAxis(axis: HTMLElement, seconds: number): void {
  const step = stepFor(axis, seconds);
  const ticks = Array.from({ length: Math.floor(seconds / step) }, (_, index) =>
    tick('left', 1 - (index * step) / seconds, index === 0 ? 'now' : `−${index * step} s`),
  );
  axis.replaceChildren(...ticks);
}

/** The smallest round step whose labels stand well apart. */
function stepFor(axis: HTMLElement, seconds: number): number {
  const most = Math.max(2, axis.clientWidth / 72);
  return niceSteps.find((step) => seconds / step <= most) ?? seconds;
}

function formatSeconds(time: number, step: number): string {
  if (step < 1) return `${time.toFixed(1)} s`;
  if (time < 60 && step < 60) return `${time} s`;
  return `${Math.floor(time / 60)}:${String(Math.round(time % 60)).padStart(2, '0')}`;
}

function tick(side: 'left' | 'bottom', share: number, text: string): HTMLElement {
  const element = document.createElement('span');
  element.textContent = text;
  element.style.setProperty(side, `${100 * share}%`);
  if (share > 0.97) element.dataset.end = '';
  if (share < 0.03) element.dataset.start = '';
  return element;
}
