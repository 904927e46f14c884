import { addAbortSignal } from 'node:stream';
import { oneLine } from '@audiozoo/core/plugin';
import { listen } from '@audiozoo/tasks';
import { chooseBackend, type DeviceFlags } from '../device.js';
import { percentage } from '../label-table.js';
import { loadModels } from '../load-models.js';
import { loadPlugins } from '../plugin.js';
import { decodePcm, type PcmFormat } from '../raw-pcm.js';
import type { CommonFlags, Session } from '../session.js';
import { UsageError } from '../usage-error.js';

export interface ListenFlags extends CommonFlags, DeviceFlags {
  readonly model: readonly string[];
  readonly rate: number;
  readonly format: PcmFormat;
  readonly hop: number;
  readonly topK: number;
  readonly live?: boolean;
  readonly json?: boolean;
}

export async function listenToInput(flags: ListenFlags, session: Session): Promise<void> {
  if (process.stdin.isTTY) {
    throw new UsageError('samples come from standard input: ffmpeg … -f f32le - | audiozoo listen …');
  }
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins);
  const { signal } = session;
  const classifier = await loadModels(flags.model, { models: plugins.models, backend, signal }, session);

  const unread = new AbortController(); // nobody reads on: sound that never ends must not be heard forever
  process.stdout.once('error', () => unread.abort());
  const stop = AbortSignal.any([signal, unread.signal]);
  const input = addAbortSignal(stop, process.stdin);
  const samples = decodePcm(input, flags.format, (bytes) =>
    session.warn(`the input ends within a sample: ${bytes} bytes more. Is it --format ${flags.format}?`),
  );
  const source = { sampleRate: flags.rate, [Symbol.asyncIterator]: () => samples };
  const { hop, topK, live = false } = flags;
  try {
    for await (const { time, labels, dropped } of listen(classifier, source, {
      hop,
      topK,
      live,
      signal: stop,
    })) {
      if (flags.json) {
        session.printJson({ time, labels, dropped }, { indent: false });
        continue;
      }
      const best = labels.map(({ label, score }) => `${percentage(score).padStart(7)}  ${oneLine(label)}`);
      session.print(`${time.toFixed(2).padStart(9)} s${best.join('')}`);
    }
  } finally {
    await classifier.dispose();
  }
  signal.throwIfAborted();
}
