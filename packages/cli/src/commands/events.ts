import type { Label } from '@audiozoo/core';
import { oneLine } from '@audiozoo/core/plugin';
import { byStart, hearEvents, type SoundEvent } from '@audiozoo/tasks';
import { type AudioFlags, audioOptions } from '../audio-flags.js';
import { chooseBackend, type DeviceFlags } from '../device.js';
import { eventsAudacity, eventsCsv, eventsWebVtt } from '../event-format.js';
import { percentage } from '../label-table.js';
import { loadModels } from '../load-models.js';
import { checkOutput, writeOutput } from '../output-file.js';
import { writePicture } from '../picture-file.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';
import { openAudio } from '../standard-input.js';
import { UsageError } from '../usage-error.js';
import { type WindowFlags, windowOptions } from '../window-flags.js';

export interface EventsFlags extends CommonFlags, AudioFlags, DeviceFlags, WindowFlags {
  readonly model: readonly string[];
  readonly on: number;
  readonly off?: number;
  readonly median: number;
  readonly minDuration: number;
  readonly mergeGap: number;
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly audacity?: boolean;
  readonly webvtt?: boolean;
  readonly out?: string;
  readonly png?: string;
}

export async function events(file: string, flags: EventsFlags, session: Session): Promise<void> {
  const { signal } = session;
  const { on, off = on / 2 } = flags;
  if (on > 1 || off > on) throw new UsageError('--on is at most 1, and --off at most --on.');
  if (flags.median % 2 === 0) throw new UsageError('--median is an odd number of windows.');
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins);
  for (const path of [flags.out, flags.png]) if (path !== undefined) await checkOutput(path);

  const found: SoundEvent[] = [];
  let heard = 0;
  const classifier = await loadModels(flags.model, { models: plugins.models, backend, signal }, session);
  const progress = await session.progress('seconds');
  try {
    const listening = hearEvents(classifier, await openAudio(file, signal), {
      ...audioOptions(flags, session),
      ...windowOptions(flags),
      threshold: { on, off },
      medianFilter: flags.median,
      minDuration: flags.minDuration,
      mergeGap: flags.mergeGap,
      labels: flags.only && labelsIn(flags.only, classifier.labels),
      ignore: flags.ignore && labelsIn(flags.ignore, classifier.labels),
      onProgress({ seconds, total }) {
        heard = seconds;
        if (total !== undefined) progress?.update(seconds, total);
      },
    });
    for await (const event of listening) found.push(event);
  } finally {
    progress?.stop();
    await classifier.dispose();
  }
  found.sort(byStart);

  if (flags.png !== undefined) {
    const start = flags.start ?? 0;
    const { drawTimeline } = await import('@audiozoo/pictures');
    const picture = drawTimeline({ events: found, start, end: start + heard, title: file });
    await writePicture(flags.png, picture, signal);
  }
  const text = format(found, flags);
  if (flags.out !== undefined) await writeOutput(flags.out, Buffer.from(`${text}\n`), signal);
  else if (flags.json) session.printJson(found);
  else if (text !== '') session.print(text);
  session.note(`${found.length} events in ${heard.toFixed(1)} seconds`);
}

function format(found: readonly SoundEvent[], { json, csv, audacity, webvtt }: EventsFlags): string {
  if (json) return JSON.stringify(found, null, 2);
  if (csv) return eventsCsv(found);
  if (audacity) return eventsAudacity(found);
  if (webvtt) return eventsWebVtt(found);
  const time = (seconds: number) => seconds.toFixed(2).padStart(8);
  return found
    .map(({ start, end, score, label }) => {
      return `${time(start)} – ${time(end)} s  ${percentage(score).padStart(7)}  ${oneLine(label)}`;
    })
    .join('\n');
}

/** Labels by name or mid, several of them by commas: names of AudioSet have commas in them too. */
function labelsIn(texts: readonly string[], labels: readonly Label[]): string[] {
  const known = new Set(labels.flatMap(({ name, mid }) => [name, mid]));
  return texts.flatMap((text) => (known.has(text) ? [text] : text.split(',').map((part) => part.trim())));
}
