// A folder for each class, with its clips inside, at any depth.

import { AudiozooError, type Label } from '@audiozoo/core';
import { listNames } from '@audiozoo/core/plugin';
import type { DataSet } from './data-set.js';

/**
 * Paths from one folder, such as `dog/monday/1.wav` → clips, whose labels are the outermost folders. What lies beside those
 * folders, and what is hidden (a name that begins with a dot), is no clip. Classes without `labels` are in the order of their
 * characters. Throws a `file` error when there are none, or folders of other names.
 */
export function classFolders(paths: readonly string[], name: string, labels?: readonly Label[]): DataSet {
  const parts = paths.map((path) => path.split('/'));
  const inside = parts.filter(
    (names) => names.length > 1 && !names.some((each) => each.startsWith('.') || each === ''),
  );
  const found = [...new Set(inside.map(([folder]) => folder!))].sort();
  const refuse = (what: string, got: string) =>
    new AudiozooError({ code: 'file', what: `${name} ${what}`, expected: 'a folder for each class', got });
  if (found.length === 0) throw refuse('holds no clips', `${paths.length} files and none in a folder`);

  const classes = labels ?? found.map((folder) => ({ name: folder }));
  const places = new Map(classes.map((label, place) => [label.name, place]));
  const unknown = found.filter((folder) => !places.has(folder));
  if (unknown.length > 0) throw refuse('has folders that no label names', listNames(unknown));
  const clips = inside.map((names) => ({ file: names.join('/'), labels: [places.get(names[0]!)!] }));
  return { labels: classes, clips: clips.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}
