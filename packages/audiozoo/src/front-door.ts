// What all models and backends are asked through, with what each place has at hand: the same calls as those of
// @audiozoo/tasks, but nothing has to be passed in.

import { models } from '@audiozoo/cli/models';
import { AudiozooError, type Backend, type FileStore } from '@audiozoo/core';
import type { FilesLocation } from '@audiozoo/core/files';
import { checkOptions, type OptionKind } from '@audiozoo/core/plugin';
import type { AudioSource } from '@audiozoo/features';
import * as tasks from '@audiozoo/tasks';

/** Options of `loadClassifier` of @audiozoo/tasks, of which none has to be given, and of the place's own backend. */
export type LoadOptions<BackendOptions> = Partial<tasks.LoadClassifierOptions> & BackendOptions;

/** The same, and what may be heard, in words. */
export type ZeroShotOptions<BackendOptions> = Omit<LoadOptions<BackendOptions>, 'problemType'> &
  Pick<tasks.ZeroShotOptions, 'labels' | 'template' | 'words' | 'onNote'>;

/** How a sound is heard, and with what. */
export type OnceOptions<BackendOptions> = tasks.ClassifyOptions &
  Omit<LoadOptions<BackendOptions>, 'onProgress'> & {
    /** What `loadClassifier` takes: a folder, an address, a published name, a repository. */
    readonly model: FilesLocation | FileStore;
    readonly aggregate?: Exclude<tasks.Aggregate, 'none'> | undefined;
  };

/** What a place has at hand. */
export interface Place<BackendOptions> {
  backend(options: BackendOptions): Promise<Backend>;
  readonly backendOptionKinds: { readonly [Name in keyof BackendOptions]-?: OptionKind };
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** The calls of a place. */
export interface FrontDoor<BackendOptions> {
  /**
   * Makes a model ready: a folder, an http(s) address, a published name (`audioset_10_10_0.4593`), a Hugging Face
   * repository (`owner/name@revision`), files that a person dropped. What is fetched is kept. Throws as
   * `loadClassifier` of @audiozoo/tasks and the backend do.
   */
  loadClassifier(
    location: FilesLocation | FileStore,
    options?: LoadOptions<BackendOptions>,
  ): Promise<tasks.LocalClassifier>;
  /**
   * The same with labels in words, for models that read words, such as CLAP. Throws as `zeroShotClassifier` of
   * @audiozoo/tasks does.
   */
  zeroShotClassifier(
    location: FilesLocation | FileStore,
    options: ZeroShotOptions<BackendOptions>,
  ): Promise<tasks.LocalClassifier>;
  /**
   * Reads words with a model that does: to search by them, or once for `zeroShotClassifier`, as its `words`. Throws as
   * `loadWordReader` of @audiozoo/tasks does.
   */
  loadWordReader(
    location: FilesLocation | FileStore,
    options?: Partial<tasks.WordReaderOptions> & BackendOptions,
  ): Promise<tasks.WordReader>;
  /** The best labels of one sound, by a model that is loaded for it and freed. For more sounds, keep a classifier. */
  classify(audio: AudioSource, options: OnceOptions<BackendOptions>): Promise<tasks.ScoredLabel[]>;
}

export function frontDoor<BackendOptions extends object>(
  place: Place<BackendOptions>,
): FrontDoor<BackendOptions> {
  const loadKinds = { ...tasks.loadOptionKinds, ...place.backendOptionKinds };
  const isBackendOption = ([name]: readonly [string, unknown]) =>
    Object.hasOwn(place.backendOptionKinds, name);

  /** Options for @audiozoo/tasks of those that were given. */
  const prepared = async (of: string, options: object, kinds: Readonly<Record<string, OptionKind>>) => {
    checkOptions(of, options, kinds);
    const [own, others] = parted(options, isBackendOption);
    const { backend: given, ...loading } = others as Partial<tasks.LoadClassifierOptions>;
    refuseIdleOptions(given, own);
    return {
      models,
      decoders: (await import('@audiozoo/codecs')).codecs,
      converters: () => import('@audiozoo/converters'),
      fetch: place.fetch,
      ...defined(loading),
      backend: given ?? (await place.backend(own as BackendOptions)),
    };
  };

  const loadClassifier: FrontDoor<BackendOptions>['loadClassifier'] = async (
    location,
    options = {} as never,
  ) => tasks.loadClassifier(location, await prepared('loadClassifier', options, loadKinds));

  return {
    loadClassifier,
    async loadWordReader(location, options = {} as never) {
      const kinds = { ...tasks.wordReaderOptionKinds, ...place.backendOptionKinds };
      const { decoders: _, ...given } = await prepared('loadWordReader', options, kinds);
      return tasks.loadWordReader(location, given as tasks.WordReaderOptions);
    },
    async zeroShotClassifier(location, options) {
      const kinds = { ...tasks.zeroShotOptionKinds, ...place.backendOptionKinds };
      const given = await prepared('zeroShotClassifier', options, kinds);
      return tasks.zeroShotClassifier(location, given as tasks.ZeroShotOptions);
    },
    async classify(audio, options) {
      checkOptions('classify', options, { ...loadKinds, ...tasks.classifyOptionKinds, model: 'any' });
      const { model, ...others } = options;
      const [loading, hearing] = parted(
        others,
        ([name]) => Object.hasOwn(loadKinds, name) && !Object.hasOwn(tasks.classifyOptionKinds, name),
      );
      const { signal } = options;
      const classifier = await loadClassifier(model, { ...loading, signal } as LoadOptions<BackendOptions>);
      try {
        return await classifier.classify(audio, hearing as tasks.ClassifyOptions & { aggregate?: 'mean' });
      } finally {
        await classifier.dispose();
      }
    },
  };
}

/** A backend that is passed in has its options already. */
function refuseIdleOptions(backend: Backend | undefined, own: object): void {
  const [name] = Object.keys(defined(own));
  if (backend === undefined || name === undefined) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${name} is an option of the backend, which is passed in`,
    expected: 'one of them',
    hint: `Give \`${name}\` to the function that makes the backend.`,
  });
}

/** Those that `fits` takes, and the others. */
function parted(
  options: object,
  fits: (entry: readonly [string, unknown]) => boolean,
): readonly [object, object] {
  const entries = Object.entries(options);
  const pick = (isTaken: boolean) => Object.fromEntries(entries.filter((entry) => fits(entry) === isTaken));
  return [pick(true), pick(false)];
}

/** Without those that are absent under their names. */
function defined<Options extends object>(options: Options): Options {
  return parted(options, ([, value]) => value !== undefined)[0] as Options;
}
