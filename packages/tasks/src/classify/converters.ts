import type {
  AnyModel,
  ByteSource,
  ConversionOptions,
  FileStore,
  JsonObject,
  Progress,
} from '@audiozoo/core';

/** What is to know of a checkpoint that was converted, as @audiozoo/converters reports it. */
export interface ConversionSummary {
  readonly recognized: JsonObject;
  /** What was taken for granted, a sentence each. Show them: only a person can tell. */
  readonly assumptions: readonly string[];
  readonly unused: readonly string[];
  readonly parameters: number;
  readonly dtype: string;
  readonly bytes: number;
}

/** What is used of @audiozoo/converters, fetched when it is needed: `() => import('@audiozoo/converters')` gives it. */
export type Converters = () => Promise<{
  convertCheckpoint(
    source: ByteSource,
    options: ConversionOptions & {
      readonly models: readonly AnyModel[];
      /** What `memoryDirectory` or `directorySink` of the same package made, which is all that is known of it here. */
      readonly output: never;
      readonly signal?: AbortSignal | undefined;
      readonly onProgress?: ((progress: Progress) => void) | undefined;
    },
  ): Promise<ConversionSummary>;
  memoryDirectory(name?: string): FileStore;
  /** In Node. */
  directorySink?(path: string): unknown;
}>;
