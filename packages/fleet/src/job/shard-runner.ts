import type { Shard } from './shard.js';

/** Does shards, in a process of its own, and outlives what ends that. */
export interface ShardRunner {
  /**
   * Writes the results of a shard, unless they are there. Sounds that cannot be heard, or that end the process three times,
   * are put to its failures; the others are delivered. Rejects where the results cannot be written, as on a full disk, and
   * with the signal's reason.
   */
  run(shard: Shard, options: ShardRunOptions): Promise<ShardOutcome>;
  /** Ends the process. */
  dispose(): Promise<void>;
}

export interface ShardRunOptions {
  readonly signal: AbortSignal;
  /** Told now and then, of how much is done. */
  readonly onProgress?: (progress: { readonly clips: number; readonly seconds: number }) => void;
  /** Places of sounds that are put to the failures untried, and why: whoever runs shards knows already. */
  readonly causes?: Readonly<Record<number, string>>;
  /**
   * Where it is there, sounds are first tried one after the other, and it is told the place of each and waited for before,
   * and of none once all were tried: so that it is known which sound it was, should that end this process too.
   */
  readonly onTry?: (place: number | undefined) => Promise<void>;
}

export interface ShardOutcome {
  /** Sounds that were heard. */
  readonly clips: number;
  /** Of sound that was heard. */
  readonly seconds: number;
  /** Sounds that could not be. */
  readonly failed: number;
  /** That it took. */
  readonly workSeconds: number;
  /** Whether its results were there already. */
  readonly wasThere: boolean;
}
