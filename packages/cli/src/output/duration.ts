/** What a person wants to know of a time: `85 ms`, `4.2 s`, `42 s`, `9 min 12 s`, `42 min`, `2 h 05 min`. */
export function formatDuration(seconds: number): string {
  const milliseconds = Math.ceil(1000 * seconds);
  if (milliseconds < 1000) return `${milliseconds} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  // Rounded before it is cut into parts: no part is ever 60.
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

function twoDigits(count: number): string {
  return `${count}`.padStart(2, '0');
}
