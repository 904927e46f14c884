// Events for other programs. Labels come from files of others, so each format gets them as it wants them.

import { oneLine } from '@audiozoo/core/plugin';
import type { SoundEvent } from '@audiozoo/tasks';
import { csvText, percentage } from './format.js';

/** Quoted as RFC 4180 has it, with a header: start,end,label,score. */
export function eventsCsv(events: readonly SoundEvent[]): string {
  const lines = events.map(
    ({ start, end, label, score }) =>
      `${seconds(start)},${seconds(end)},${csvText(label)},${score.toFixed(4)}`,
  );
  return ['start,end,label,score', ...lines].join('\n');
}

/** Audacity's label track: start, end and text, by tabs. */
export function eventsAudacity(events: readonly SoundEvent[]): string {
  return events
    .map(({ start, end, label }) => `${seconds(start)}\t${seconds(end)}\t${spaced(label)}`)
    .join('\n');
}

/** Subtitles for the web. */
export function eventsWebVtt(events: readonly SoundEvent[]): string {
  const cues = events.map(
    ({ start, end, label }) => `${clock(start)} --> ${clock(end)}\n${escaped(spaced(label))}`,
  );
  return ['WEBVTT', ...cues].join('\n\n');
}

function seconds(time: number): string {
  return time.toFixed(3);
}

/** `01:02:03.456` */
function clock(time: number): string {
  const milliseconds = Math.round(time * 1000);
  const parts = [
    Math.floor(milliseconds / 3_600_000),
    Math.floor(milliseconds / 60_000) % 60,
    Math.floor(milliseconds / 1000) % 60,
  ];
  const fraction = `${milliseconds % 1000}`.padStart(3, '0');
  return `${parts.map((part) => `${part}`.padStart(2, '0')).join(':')}.${fraction}`;
}

/** On one line: white space as spaces, what else would leave it as an escape. */
function spaced(text: string): string {
  return oneLine(text.replace(/\s+/g, ' '));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** For people; of an event that has not ended, without its end and score. */
export function eventLine({
  start,
  end,
  score,
  label,
}: Pick<SoundEvent, 'start' | 'label'> & Partial<SoundEvent>): string {
  const time = (seconds: number) => seconds.toFixed(2).padStart(8);
  const rest = end === undefined ? '' : `${time(end)} s  ${percentage(score!).padStart(7)}`;
  return `${time(start)} – ${rest.padEnd(19)}  ${oneLine(label)}`;
}
