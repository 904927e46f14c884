// What a person may ask `pull` for: a name that `models` lists, a Hugging Face repository, or an address.

import { type AnyModel, AudiozooError, type ZooEntry } from '@audiozoo/core';
import { type HuggingFaceHub, readRepositoryName } from '@audiozoo/core/network';
import { UsageError } from '../session/session.js';

export interface ZooItem extends ZooEntry {
  /** The model's `model_type`. */
  readonly model: string;
}

/** Every model's published checkpoints. Throws an `argument` error when two have one name. */
export async function listZoo(models: readonly AnyModel[]): Promise<readonly ZooItem[]> {
  const lists = models.map(async ({ type, zoo = [] }) => {
    const entries = typeof zoo === 'function' ? await zoo() : zoo;
    return entries.map((entry) => ({ ...entry, model: type }));
  });
  const items = (await Promise.all(lists)).flat();
  const names = items.map(({ name }) => name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice === undefined) return items;
  throw new AudiozooError({
    code: 'argument',
    what: `two published checkpoints have the name ${JSON.stringify(twice)}`,
    expected: 'one of each',
    hint: 'Leave one --plugin out.',
  });
}

export type PullSource =
  | { readonly kind: 'repository'; readonly repository: string; readonly revision?: string | undefined }
  | { readonly kind: 'checkpoint'; readonly checkpoint: NonNullable<ZooEntry['checkpoint']> };

/** Throws a UsageError when it is none of them. */
export function readPullSource(
  text: string,
  zoo: readonly ZooItem[],
  { endpoint }: HuggingFaceHub,
): PullSource {
  const entry = zoo.find(({ name }) => name === text);
  if (entry?.checkpoint) return { kind: 'checkpoint', checkpoint: entry.checkpoint };
  if (entry?.repository) return { kind: 'repository', repository: entry.repository };

  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    const url = new URL(text);
    if (url.username || url.password) {
      throw new UsageError('A name and password do not belong in an address: they would end up in messages.');
    }
    // The page of a repository, as it is copied from a browser.
    const page = url.href.startsWith(endpoint.href) ? url.href.slice(endpoint.href.length) : '';
    const [, repository, revision] = /^([^/?#]+\/[^/?#]+?)\/?(?:\/tree\/([^?#]+))?$/.exec(page) ?? [];
    if (repository && readRepositoryName(repository)) {
      return { kind: 'repository', repository, revision: revision && decodeURIComponent(revision) };
    }
    return { kind: 'checkpoint', checkpoint: { url: url.href } };
  }
  const repository = readRepositoryName(text);
  if (repository) return { kind: 'repository', ...repository };
  throw new UsageError(
    `${JSON.stringify(text)} is nothing to pull: expected a name that \`audiozoo models\` lists, a Hugging Face repository such as MIT/ast-finetuned-audioset-10-10-0.4593, or an http(s) address.`,
  );
}
