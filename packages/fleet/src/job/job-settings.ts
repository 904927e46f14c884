/** What a job asks of a model, and which: its results are a function of these and of the sounds. */
export interface JobSettings {
  readonly model: {
    /** A published name, a Hugging Face repository, or a folder. */
    readonly name: string;
    /** Of everything in the directory that has a say in scores. */
    readonly sha256: string;
    /** Another size of its input, by the names that it declares; the model's own input without. */
    readonly size?: Readonly<Record<string, unknown>>;
  };
  readonly format: 'jsonl' | 'parquet';
  readonly scores: LabelChoice;
  /** Of which numbers embeddings are kept; none without. */
  readonly embed?: 'float32' | 'float16';
  /** Whether events along time are told, in place of labels. */
  readonly events?: boolean;
  /** Seconds from one window of a long sound to the next; without, sound is heard as `classify` hears it. */
  readonly hop?: number;
  /** Clips, or windows, in a run of the model: 1 without, where scores do not depend on what lies beside a clip. */
  readonly batch?: number;
  /** Which channel of several is heard, from 0, or their mean: the first without. */
  readonly channel?: number | 'mean';
  /** The kernel that changes sample rates, where it is not the usual one. */
  readonly kernel?: 'kaiser_best';
  /** Of the arithmetic, where it is not the device's own. */
  readonly precision?: 'float32' | 'float16';
  /** How much sound is cut into a shard, in seconds. */
  readonly shardSeconds: number;
}

/** Which labels are told of each sound. */
export type LabelChoice =
  | { readonly kind: 'top'; readonly k: number }
  | { readonly kind: 'least-score'; readonly score: number }
  | { readonly kind: 'all' };
