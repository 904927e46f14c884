// What the site is made of: texts that lie elsewhere in the repository too, each at one place, and where its page is.

import { readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

export const root = join(import.meta.dirname, '..');

export const repository = 'https://github.com/audiozoo/audiozoo';

/** Texts by their paths in the repository, and their pages on the site. */
const places: readonly (readonly [text: RegExp, page: string])[] = [
  [/^site\/index\.md$/, 'index.md'],
  [/^site\/api\/(.+\.md)$/, 'api/$1'],
  [/^docs\/([^/]+\.md)$/, '$1'],
  [/^(architecture|contributing|security)\.md$/i, '$1.md'],
  [/^bench\/README\.md$/, 'measuring.md'],
  [/^packages\/([^/]+)\/README\.md$/, 'packages/$1.md'],
  [/^examples\/([^/]+)\/README\.md$/, 'examples/$1.md'],
];

/** All other texts, for VitePress to pass over. */
export const notOnSite = [
  '{README,CODE_OF_CONDUCT}.md',
  '**/NOTICE.md',
  '{models,scripts,test,testing}/**',
  '{packages,examples}/*/*/**',
  'bench/*/**',
];

/** The page of a text of the repository; undefined for what is not on the site. */
export function pageOf(text: string): string | undefined {
  const place = places.find(([pattern]) => pattern.test(text));
  return place && text.replace(place[0], place[1]).replace(/^[A-Z]+\.md$/, (name) => name.toLowerCase());
}

/**
 * Where a link of a text leads on the site: to the page of what it means, if it has one, else to GitHub. Throws for what is not in the
 * repository.
 */
export function linkOf(href: string, text: string): string {
  if (/^(#|\/|[a-z]+:)/.test(href)) return href;
  const [, path = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(href)!;
  const target = posix.normalize(posix.join(posix.dirname(text), decodeURI(path))).replace(/\/$/, '');
  const kind = statSync(join(root, target), { throwIfNoEntry: false });
  if (!kind) throw new Error(`${text} links to ${href}, which is not there.`);
  const isFolder = kind.isDirectory();
  const readme = isFolder && readdirSync(join(root, target)).includes('README.md');
  const page = pageOf(readme ? `${target}/README.md` : target);
  if (page) return `/${page.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}${anchor}`;
  return `${repository}/${isFolder ? 'tree' : 'blob'}/main/${target}${anchor}`;
}

interface Item {
  readonly text: string;
  readonly link: string;
}

/** The guide's table of contents. */
export const guide: readonly { readonly text: string; readonly items: readonly Item[] }[] = [
  {
    text: 'Begin',
    items: [
      { text: 'Start', link: '/start' },
      { text: 'Which model?', link: '/which-model' },
      { text: 'The models', link: '/models' },
      { text: 'Cookbook', link: '/cookbook' },
      { text: 'From Python', link: '/from-python' },
      { text: 'From transformers.js', link: '/from-transformers-js' },
    ],
  },
  {
    text: 'Hear',
    items: [
      { text: 'Sound files', link: '/files' },
      { text: 'Labels of sounds', link: '/classify' },
      { text: 'Long sound and events', link: '/events' },
      { text: 'Live sound', link: '/live' },
      { text: 'Evaluation', link: '/evaluate' },
    ],
  },
  {
    text: 'Where it runs',
    items: [
      { text: 'The command', link: '/command' },
      { text: 'In Node', link: '/node' },
      { text: 'In a page', link: '/browser' },
      { text: 'Running on a GPU', link: '/gpu' },
      { text: 'A server', link: '/server' },
    ],
  },
  {
    text: 'Large collections',
    items: [
      { text: 'Tag a large collection', link: '/tag' },
      { text: 'At scale', link: '/at-scale' },
      { text: 'Workers in containers', link: '/examples/fleet' },
    ],
  },
  {
    text: 'Teach',
    items: [
      { text: 'Train it on your sounds', link: '/train' },
      { text: 'Training from a program', link: '/train-in-code' },
      { text: 'Checkpoints and ONNX', link: '/checkpoints' },
      { text: 'Reproduce the paper', link: '/reproduce' },
    ],
  },
  {
    text: 'Extend',
    items: [
      { text: 'Writing a model', link: '/write-a-model' },
      { text: 'Writing a backend', link: '/write-a-backend' },
      { text: 'Features', link: '/features' },
      { text: 'A model in one file', link: '/examples/custom-model' },
      { text: 'A backend in one file', link: '/examples/custom-backend' },
      { text: 'Architecture', link: '/architecture' },
      { text: 'Contributing', link: '/contributing' },
    ],
  },
  {
    text: 'Know',
    items: [
      { text: 'Errors', link: '/errors' },
      { text: 'Security', link: '/security' },
      { text: 'Measurements', link: '/bench' },
      { text: 'How it is measured', link: '/measuring' },
    ],
  },
];
