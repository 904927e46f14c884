import type { Progress } from '../progress.js';
import type { Session } from '../session.js';

const millisecondsBetweenNotes = 60_000;

/** Progress where no bar can be shown, as in a log: a line a minute with the time that is left. */
export function createProgressNotes(session: Session, unit: string): Progress {
  const start = performance.now();
  let last = start;
  return {
    update(done, total) {
      const now = performance.now();
      if (now - last < millisecondsBetweenNotes || done === 0) return;
      last = now;
      session.note(
        `${done} of ${total} ${unit}, ${formatMinutes(((now - start) / done) * (total - done))} left`,
      );
    },
    stop() {},
  };
}

/** `2 h 05 min` */
function formatMinutes(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / 60_000);
  return minutes < 60
    ? `${minutes} min`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
