import type { Label } from '../model/label.js';

/** Lines of `mid name` → labels in that order. */
export function parseLabels(lines: string): readonly Label[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const space = line.indexOf(' ');
      return { mid: line.slice(0, space), name: line.slice(space + 1) };
    });
}
