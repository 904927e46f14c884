import type { Progress } from '@audiozoo/core';
import { SingleBar } from 'cli-progress';
import { formatDuration } from '../output/duration.js';

export interface ProgressBar {
  /** Shows how far work is, and `more` behind it; nothing where the total is not known. */
  update(progress: Omit<Progress, 'unit'> & { readonly unit: string }, more?: string): void;
  /** Takes the bar away; a further update brings another. Must be called, or the cursor stays hidden. */
  stop(): void;
}

/** A progress bar on stderr. It appears with the first update. */
export function createProgressBar(): ProgressBar {
  const bar = new SingleBar({
    stream: process.stderr,
    format: '{bar} {value}/{total} {unit}, {eta_formatted} left{more}',
    barsize: 24, // beside what is said of a training, in 80 columns
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  return {
    update({ done, total, unit }, more = '') {
      if (total === undefined) return;
      const [name, size] = unit === 'bytes' ? ['MB', 1e6] : [unit, 1];
      if (!started) bar.start(Math.ceil(total / size), 0, { unit: name, more });
      started = true;
      bar.update(Math.floor(done / size), { more });
    },
    stop() {
      bar.stop();
      started = false;
    },
  };
}

const millisecondsBetweenNotes = 60_000;

/** Progress where no bar can be shown, as in a log: a line a minute with the time that is left. */
export function createProgressNotes(note: (text: string) => void): ProgressBar {
  const start = performance.now();
  let last = start;
  return {
    update({ done, total, unit }) {
      if (total === undefined) return;
      const now = performance.now();
      if (now - last < millisecondsBetweenNotes || done === 0) return;
      last = now;
      const left = ((now - start) / 1000 / done) * (total - done);
      note(`${done} of ${total} ${unit}, ${formatDuration(left)} left`);
    },
    stop() {},
  };
}
