// How far a job is, for a person, for a log, for programs, and for Prometheus.

import { setInterval } from 'node:timers';
import type { ShardOutcome } from '@audiozoo/fleet';
import { formatDuration } from '../output/duration.js';
import { createProgressNotes } from '../session/progress.js';
import type { Session } from '../session/session.js';

/** What is done and what is known to be left. Counts of sounds of this run, without those that were done before. */
export interface JobState {
  /** Sounds that were heard. */
  clips: number;
  /** Sounds that could not be. */
  failed: number;
  /** Of sound that was heard. */
  seconds: number;
  shards: number;
  /** Shards that were there already, and their sounds. */
  shardsThere: number;
  clipsThere: number;
  /** Sounds that were found, and about how much sound they hold. */
  found: number;
  secondsFound: number;
  /** About how much sound the shards hold that are done or there. */
  secondsDone: number;
  /** Whether all inputs have been walked: what was found is then all. */
  isWalked: boolean;
}

export interface JobWatch {
  readonly state: JobState;
  /** Of the shard that a process is at; of none when it is done. */
  onShard(worker: number, progress: { readonly clips: number; readonly seconds: number } | undefined): void;
  done(outcome: ShardOutcome, shardSeconds: number): void;
  /** How it stands, as a plain record. */
  figures(): JobFigures;
  stop(): void;
}

export interface JobFigures {
  readonly clips: number;
  readonly failed: number;
  readonly seconds: number;
  readonly timesRealTime: number;
  readonly clipsThere: number;
  /** Known once all inputs have been walked. */
  readonly total: number | undefined;
  readonly secondsLeft: number | undefined;
  /** Of work, for what is known to be left. */
  readonly backlogSeconds: number;
}

const millisecondsBetweenLooks = 200;
const millisecondsBetweenLines = 5000;

/** Watches a job until `stop`. `json` tells it as lines on standard output. */
export async function watchJob(session: Session, { json }: { readonly json: boolean }): Promise<JobWatch> {
  const bar = json ? undefined : await session.progress();
  const notes = createProgressNotes(session.note);
  let start: number | undefined; // when a process began to hear
  const state: JobState = {
    ...{ clips: 0, failed: 0, seconds: 0, shards: 0, shardsThere: 0, clipsThere: 0 },
    ...{ found: 0, secondsFound: 0, secondsDone: 0, isWalked: false },
  };
  const underWay = new Map<number, { readonly clips: number; readonly seconds: number }>();

  const figures = (): JobFigures => {
    const now = [...underWay.values()];
    const sum = (of: 'clips' | 'seconds') => now.reduce((sum, each) => sum + each[of], 0);
    const [clips, seconds] = [state.clips + sum('clips'), state.seconds + sum('seconds')];
    const elapsed = start === undefined ? 0 : (performance.now() - start) / 1000;
    const timesRealTime = elapsed > 0 ? seconds / elapsed : 0;
    const left = Math.max(0, state.secondsFound - state.secondsDone - sum('seconds'));
    const backlogSeconds = timesRealTime > 0 ? left / timesRealTime : 0;
    return {
      clips,
      failed: state.failed,
      seconds,
      timesRealTime,
      clipsThere: state.clipsThere,
      total: state.isWalked ? state.found : undefined,
      secondsLeft: state.isWalked && timesRealTime > 0 ? backlogSeconds : undefined,
      backlogSeconds,
    };
  };
  const show = () => {
    const { clips, failed, clipsThere, total, seconds, timesRealTime } = figures();
    const done = clips + failed + clipsThere;
    const hours = `${(seconds / 3600).toFixed(seconds < 36_000 ? 2 : 0)} h of sound`;
    const failures = failed > 0 ? `, ${failed} failed` : '';
    const more = `, ${hours}, ${timesRealTime.toFixed(0)} × real time${failures}`;
    (bar ?? notes).update({ done, total: total ?? Math.max(state.found, done), unit: 'clips' }, more);
  };
  const looks = json
    ? setInterval(
        () => session.printJson({ at: 'progress', ...figures() }, { indent: false }),
        millisecondsBetweenLines,
      )
    : setInterval(show, millisecondsBetweenLooks);
  looks.unref();

  return {
    state,
    figures,
    onShard(worker, progress) {
      start ??= performance.now();
      if (progress) underWay.set(worker, progress);
      else underWay.delete(worker);
    },
    done({ clips, failed, seconds, wasThere }, shardSeconds) {
      state.secondsDone += shardSeconds;
      if (wasThere) {
        state.shardsThere++;
        state.clipsThere += clips + failed;
        return;
      }
      state.shards++;
      state.clips += clips;
      state.failed += failed;
      state.seconds += seconds;
    },
    stop() {
      clearInterval(looks);
      bar?.stop();
    },
  };
}

/** `1,234 clips, 2.1 hours of sound in 3 min` is for people to read. */
export function describeFigures({ clips, failed, seconds, timesRealTime, clipsThere }: JobFigures): string {
  const there = clipsThere > 0 ? `, ${clipsThere} were done before` : '';
  const failures = failed > 0 ? `, ${failed} could not be` : '';
  const speed = seconds > 0 ? `, ${timesRealTime.toFixed(0)} × real time` : '';
  return `${clips} clips, ${formatDuration(seconds)} of sound were heard${speed}${failures}${there}`;
}
