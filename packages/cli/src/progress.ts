import { SingleBar } from 'cli-progress';

export interface Progress {
  /** Shows that `done` of `total` is done. */
  update(done: number, total: number): void;
  /** Takes the bar away; a further update brings another. Must be called, or the cursor stays hidden. */
  stop(): void;
}

/** A progress bar on stderr, counting in units of `unitSize`. It appears with the first update. */
export function createProgress(unit: string, unitSize: number): Progress {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `{bar} {value}/{total} ${unit}, {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  return {
    update(done, total) {
      if (!started) bar.start(Math.ceil(total / unitSize), 0);
      started = true;
      bar.update(Math.floor(done / unitSize));
    },
    stop() {
      bar.stop();
      started = false;
    },
  };
}
