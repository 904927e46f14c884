// A sound's events as bounding boxes, which want all scores at once: those of the labels to look for are held.

import {
  type AudioSource,
  type Ensemble,
  type EventBoxesOptions,
  eventBoxes,
  type HearEventsOptions,
  hearEvents,
  type ScoredWindow,
  type SoundEvent,
} from '@audiozoo/tasks';
import { holdScores } from './held-scores.js';

/** 11 hours in steps of 40 ms: of a few labels, with what is made of them, they take 3 GB. */
const most = { steps: 1_000_000, bytes: 2_000_000_000 };

export async function hearBoxes(
  classifier: Ensemble,
  sound: AudioSource,
  hearing: HearEventsOptions,
  options: EventBoxesOptions,
): Promise<SoundEvent[]> {
  const { labels: only, ignore = [] } = hearing;
  const isNamed = (names: readonly string[], { name, mid = name }: { name: string; mid?: string }) =>
    names.includes(name) || names.includes(mid);
  const places = [...classifier.labels.keys()].filter((place) => {
    const label = classifier.labels[place]!;
    return (!only || isNamed(only, label)) && !isNamed(ignore, label);
  });
  const windows: ScoredWindow[] = [];
  const held = holdScores(most);
  const listening = hearEvents(classifier, sound, {
    ...hearing, // which refuses names that no label has
    onScores({ scores, ...times }) {
      held.add(1, 8 * places.length);
      windows.push({ ...times, scores: Float64Array.from(places, (place) => scores[place]!) });
    },
  });
  for await (const _ of listening); // it has its own events too
  const chosen = places.map((place) => classifier.labels[place]!);
  return eventBoxes(windows, chosen, options).map((event) => ({ ...event, index: places[event.index]! }));
}
