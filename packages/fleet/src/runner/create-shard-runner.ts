// Does shards in a process of its own, begins another where that ends, and finds the sounds that end it.

import { AudiozooError, errorDescription } from '@audiozoo/core';
import { sweep } from '@audiozoo/core/disk';
import type { JobSettings } from '../job/job-settings.js';
import type { Shard } from '../job/shard.js';
import type { ShardRunner, ShardRunOptions } from '../job/shard-runner.js';
import { readShard } from '../results/read-shard.js';
import { isDone, shardsFolder } from '../results/results-folder.js';
import type { ShardCounts } from '../results/row-writer.js';
import { poisonIn } from './find-poison.js';
import type { Order } from './messages.js';
import { beginShardProcess, type Outcome, type ShardProcess } from './shard-process.js';

export interface ShardRunnerOptions {
  /** The module that its processes run, which calls `serveShards`. */
  readonly module: URL | string;
  /** What `serveShards` begins with: plain values. */
  readonly given: unknown;
  /** Of the results. */
  readonly folder: string;
  readonly format: JobSettings['format'];
  /** Without progress for so long, a process is ended, and what it did is tried again: 600 when absent. */
  readonly silenceSeconds?: number | undefined;
  /** Flags of Node for its processes: this process's own when absent. */
  readonly execArgv?: readonly string[] | undefined;
}

/** One that can say how fast its model is. */
export interface MeasuringRunner extends ShardRunner {
  /** Seconds of sound that its model hears in a second. Throws as `run` does. */
  measure(options: Pick<ShardRunOptions, 'signal'>): Promise<number>;
}

/** So many processes in a row that end before they are ready: no more are begun. */
const mostBeginnings = 3;

/** So often a shard is begun anew where no sound of it is found to end processes: who ends them, will go on. */
const mostRounds = 10;

/** Does shards one at a time, in a process that begins with the first. */
export function createShardRunner({
  module,
  given,
  folder,
  format,
  silenceSeconds = 600,
  execArgv,
}: ShardRunnerOptions): MeasuringRunner {
  let current: ShardProcess | undefined;

  const begin = async (signal: AbortSignal): Promise<ShardProcess> => {
    let how = '';
    for (let tries = 0; tries < mostBeginnings; tries++) {
      signal.throwIfAborted();
      const beginning = beginShardProcess({ module, given, execArgv, signal, silenceSeconds });
      const begun = await beginning.catch((error) => {
        throw beforeReady(error);
      });
      if ('do' in begun) return begun;
      how = begun.how;
    }
    throw new AudiozooError({
      code: 'runtime',
      what: 'the process that hears sounds ends before it is ready',
      got: how,
      hint: 'Check that there is memory for the model, or try fewer processes.',
      details: { isReady: false },
    });
  };
  const end = async () => {
    const ending = current;
    current = undefined;
    await ending?.kill();
    await sweep(shardsFolder(folder)); // what it was writing
  };
  const perform = async (
    order: Order,
    signal: AbortSignal,
    onHeard?: (seconds: number) => void,
  ): Promise<Outcome> => {
    current ??= await begin(signal);
    const kill = () => void current?.kill();
    signal.addEventListener('abort', kill, { once: true });
    try {
      if (signal.aborted) kill();
      const outcome = await current.do(order, onHeard);
      if (outcome.is === 'over') await end();
      signal.throwIfAborted();
      return outcome;
    } finally {
      signal.removeEventListener('abort', kill);
    }
  };

  const write = async (
    shard: Shard,
    { signal, onProgress, causes: known, onTry }: ShardRunOptions,
  ): Promise<ShardCounts> => {
    const causes: Record<number, string> = { ...known };
    const placesLeft = () => [...shard.entries.keys()].filter((place) => causes[place] === undefined);
    const findPoison = async (places: readonly number[]): Promise<boolean> => {
      const found = await poisonIn(places, async (places) => {
        const tried = await perform({ to: 'try', shard, places }, signal);
        return tried.is === 'over' ? tried.how : undefined;
      });
      for (const [place, how] of found) causes[place] = `${how} while it heard this`;
      return found.size > 0;
    };
    for (const place of onTry ? placesLeft() : []) {
      await onTry?.(place);
      await findPoison([place]);
    }
    await onTry?.(undefined);
    for (let round = 1; ; round++) {
      let [clips, seconds] = [0, 0];
      const outcome = await perform({ to: 'write', shard, causes }, signal, (more) => {
        clips++;
        seconds += more;
        onProgress?.({ clips, seconds });
      });
      if (outcome.is === 'done') return outcome.counts!;
      const { how, underWay } = outcome;
      if (round > mostRounds) throw endsAgain(how);
      // Those that were under way, unless that has not told before: then it is one of all.
      const suspects = underWay.length > 0 && round % 2 === 1 ? underWay : placesLeft();
      if (await findPoison(suspects)) round = 0;
    }
  };

  return {
    async run(shard, options) {
      options.signal.throwIfAborted();
      if (await isDone(folder, shard.id, format)) {
        const { clips, seconds, failed } = await readShard(folder, shard.id, format);
        return { clips, seconds, failed, workSeconds: 0, wasThere: true };
      }
      const start = performance.now();
      const { clips, seconds, failed } = await write(shard, options);
      const workSeconds = (performance.now() - start) / 1000;
      return { clips, seconds, failed, workSeconds, wasThere: false };
    },
    async measure({ signal }) {
      const outcome = await perform({ to: 'measure' }, signal);
      if (outcome.is === 'over') throw endsAgain(outcome.how);
      return outcome.secondsPerSecond!;
    },
    dispose: end,
  };
}

/** An error of a process that cannot begin says so: it is of the model or the machine, whatever its code. */
function beforeReady(error: unknown): unknown {
  if (!AudiozooError.isInstance(error)) return error;
  return new AudiozooError({
    ...errorDescription(error, ''),
    details: { ...error.details, isReady: false },
    cause: error.cause,
  });
}

function endsAgain(how: string): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: 'the process that hears sounds ends again and again, and no single sound ends it',
    got: how,
    hint: 'Check that there is memory for it, or try fewer processes.',
  });
}
