// How the teaching goes, epoch by epoch: the loss falls, and the share of held-back clips that are told right rises. The latter stays
// while everything is learned that there is.

import type { EpochDone, TeachingProgress } from './teacher-messages.js';

export interface Curves {
  begin(): void;
  push(run: TeachingProgress['run'], epoch: EpochDone): void;
}

export function createCurves(figure: HTMLElement): Curves {
  const [lossCurve, rightCurve] = ['loss', 'right'].map((name) => figure.querySelector(`path.${name}`)!) as [
    Element,
    Element,
  ];
  const [lossText, rightText] = ['loss', 'right'].map(
    (name) => figure.querySelector<HTMLElement>(`span.${name}`)!,
  ) as [HTMLElement, HTMLElement];
  const rightLegend = rightText.parentElement!;
  let losses: EpochDone[] = [];
  let checked: EpochDone[] = [];
  let lastRun: TeachingProgress['run'] | undefined;
  let isWaiting = false;

  function draw(): void {
    isWaiting = false;
    // The first epochs are the highest: the scale stays as it was.
    const most = Math.max(...losses.map(({ loss }) => loss));
    lossCurve.setAttribute(
      'd',
      path(losses, ({ loss }) => loss / most),
    );
    lossText.textContent = losses.at(-1)?.loss.toFixed(3) ?? '';
    const accuracy = checked.at(-1)?.accuracy;
    rightLegend.hidden = accuracy === undefined;
    rightText.textContent = accuracy === undefined ? '' : `${Math.round(100 * accuracy)} %`;
    rightCurve.setAttribute(
      'd',
      path(checked, (epoch) => epoch.accuracy!),
    );
  }

  /** In a square of side 1 whose y goes down. */
  function path(epochs: readonly EpochDone[], height: (epoch: EpochDone) => number): string {
    const points = epochs.map((each) => {
      const across = each.epochs > 1 ? (each.epoch - 1) / (each.epochs - 1) : 0;
      // What is at the very top or bottom is drawn whole.
      return `${across.toFixed(4)} ${(0.98 - 0.96 * height(each)).toFixed(4)}`;
    });
    return epochs.length === 0 ? '' : `M ${points.join(' L ')}`;
  }

  return {
    begin() {
      losses = [];
      checked = [];
      figure.hidden = true;
    },
    push(run, epoch) {
      if (run !== lastRun) losses = [];
      lastRun = run;
      losses.push(epoch);
      figure.hidden = false;
      if (epoch.accuracy !== undefined) checked.push(epoch);
      if (!isWaiting) requestAnimationFrame(draw);
      isWaiting = true;
    },
  };
}
