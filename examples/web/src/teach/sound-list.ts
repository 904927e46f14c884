// The sounds that are to be told apart: a card each, with its name, its recordings and how many seconds they are.

import type { Audio } from '@audiozoo/features';
import { onFilesChosen } from '../file-button.js';
import { newRecording, type Recording, secondsOf, type TaughtSound } from './lesson.js';
import { record } from './record.js';
import type { Mistake } from './teacher-messages.js';
import { wavOf } from './wav.js';

export interface SoundList {
  /** The cards, in their order. */
  sounds(): readonly TaughtSound[];
  add(sound: TaughtSound): void;
  /** False where no card has this name. */
  addRecording(name: string, audio: Audio): boolean;
  /** Takes files that were dropped on an element, if it is of a card. */
  takeDropped(target: Element, files: readonly File[]): boolean;
  clear(): void;
  /** Marks recordings that were held back and taken for something else, and no others. */
  mark(mistakes: readonly Mistake[]): void;
}

export interface SoundListOptions {
  /** Reads the files that somebody chose for a sound. */
  read(files: readonly File[]): Promise<readonly Audio[]>;
  /** Somebody begins to give sound. */
  onBegin(): void;
  /** A name, a recording or a card came, changed or went. */
  onChange(): void;
  onError(error: unknown): void;
}

interface Card {
  readonly item: HTMLLIElement;
  name(): string;
  recordings: Recording[];
  show(mistakes?: readonly Mistake[]): void;
  take(audio: Audio): void;
  takeFiles(files: readonly File[]): Promise<void>;
}

export function createSoundList(list: HTMLElement, options: SoundListOptions): SoundList {
  let cards: Card[] = [];
  const change = () => {
    cards.forEach((card, place) => {
      numberCard(card.item, place + 1);
    });
    options.onChange();
  };

  function add({ name, recordings }: TaughtSound): void {
    const card = createCard({ name, recordings }, options, change, () => {
      const place = cards.indexOf(card);
      cards = cards.filter((each) => each !== card);
      card.item.remove();
      change();
      // The focus goes to the card that is now there.
      (cards[Math.min(place, cards.length - 1)]?.item.querySelector('input') ?? list).focus();
    });
    cards.push(card);
    list.append(card.item);
    change();
  }

  return {
    sounds: () => cards.map((card) => ({ name: card.name(), recordings: [...card.recordings] })),
    add,
    addRecording(name, audio) {
      const card = cards.find((each) => each.name() === name);
      card?.take(audio);
      return card !== undefined;
    },
    takeDropped(target, files) {
      const card = cards.find(({ item }) => item.contains(target));
      void card?.takeFiles(files);
      return card !== undefined;
    },
    clear() {
      for (const { item } of cards) item.remove();
      cards = [];
      change();
    },
    mark(mistakes) {
      for (const card of cards) card.show(mistakes);
    },
  };
}

const template = `
<div class="sound-head">
  <input class="sound-name" placeholder="Name it: doorbell" autocomplete="off" maxlength="60" />
  <p class="facts"><span class="amount"></span> <button type="button" class="link remove">Remove</button></p>
</div>
<div class="actions small">
  <button type="button" class="record"><span>Record</span></button>
  <button type="button" class="add-files">Add files</button>
  <input type="file" accept="audio/*,.wav,.flac,.ogg,.opus" multiple hidden />
</div>
<div class="meter" hidden><span class="bar"></span></div>
<ol class="recordings"></ol>`;

function numberCard(item: HTMLElement, number: number): void {
  item.querySelector('.sound-name')!.setAttribute('aria-label', `Name of sound ${number}`);
  for (const [kind, text] of [
    ['.record', 'Record sound'],
    ['.add-files', 'Add files to sound'],
    ['.remove', 'Remove sound'],
  ] as const) {
    item.querySelector(kind)!.setAttribute('aria-label', `${text} ${number}`);
  }
}

function createCard(
  sound: TaughtSound,
  { read, onBegin, onError }: SoundListOptions,
  onChange: () => void,
  onRemove: () => void,
): Card {
  const item = document.createElement('li');
  item.className = 'panel sound';
  item.innerHTML = template;
  const name = item.querySelector<HTMLInputElement>('.sound-name')!;
  const amount = item.querySelector('.amount')!;
  const button = item.querySelector<HTMLButtonElement>('.record')!;
  const meter = item.querySelector<HTMLElement>('.meter')!;
  const list = item.querySelector('ol')!;
  let recording: AbortController | undefined;
  name.value = sound.name;

  const card: Card = {
    item,
    name: () => name.value.trim(),
    recordings: [...sound.recordings],
    show(mistakes = []) {
      const seconds = card.recordings.reduce((sum, each) => sum + secondsOf(each), 0);
      const count = card.recordings.length;
      amount.textContent =
        count === 0
          ? 'No sound yet'
          : `${seconds.toFixed(1)} s in ${count} ${count === 1 ? 'recording' : 'recordings'}`;
      list.replaceChildren(...card.recordings.map((each, place) => recordingItem(each, place, mistakes)));
    },
    take(audio) {
      card.recordings.push(newRecording(audio));
      card.show();
      onChange();
    },
    async takeFiles(files) {
      onBegin();
      try {
        for (const audio of await read(files)) card.take(audio);
      } catch (error) {
        onError(error);
      }
    },
  };

  function recordingItem(each: Recording, place: number, mistakes: readonly Mistake[]): HTMLElement {
    const which = `recording ${place + 1} of ${card.name() || 'this sound'}`;
    const mistake = mistakes.find(({ recording }) => recording === each.id);
    const [play, remove] = [document.createElement('button'), document.createElement('button')];
    play.type = remove.type = 'button';
    play.className = 'play';
    play.textContent = `${secondsOf(each).toFixed(1)} s`;
    play.setAttribute('aria-label', `Play ${which}, ${secondsOf(each).toFixed(1)} s`);
    play.addEventListener('click', () => playSound(each));
    remove.className = 'remove-recording';
    remove.setAttribute('aria-label', `Remove ${which}`);
    remove.addEventListener('click', () => {
      card.recordings = card.recordings.filter(({ id }) => id !== each.id);
      card.show();
      onChange();
      name.focus();
    });
    const row = document.createElement('li');
    row.append(play, remove);
    if (mistake) {
      const said = document.createElement('span');
      said.className = 'mistake';
      said.textContent = `held back, taken for ${mistake.heardAs}`;
      row.append(said);
    }
    return row;
  }

  button.addEventListener('click', async () => {
    if (recording) return recording.abort();
    recording = new AbortController();
    onBegin();
    button.toggleAttribute('data-recording', true);
    const label = button.getAttribute('aria-label')!;
    button.removeAttribute('aria-label'); // it says how long it has been, now
    button.querySelector('span')!.textContent = 'Stop';
    meter.hidden = false;
    try {
      const audio = await record({
        signal: recording.signal,
        onSound(seconds, level) {
          button.querySelector('span')!.textContent = `Stop ${seconds.toFixed(1)} s`;
          // On a scale of decibels, from −60: as ears have it.
          const share = Math.max(0, Math.min(1, 1 + Math.log10(Math.max(level, 1e-6)) / 3));
          meter.style.setProperty('--share', `${share}`);
        },
      });
      if (audio.samples.length > 0) card.take(audio);
    } catch (error) {
      onError(error);
    } finally {
      recording = undefined;
      button.toggleAttribute('data-recording', false);
      button.querySelector('span')!.textContent = 'Record';
      button.setAttribute('aria-label', label);
      meter.hidden = true;
    }
  });

  const input = item.querySelector<HTMLInputElement>('input[type=file]')!;
  onFilesChosen(item.querySelector<HTMLElement>('.add-files')!, input, card.takeFiles);
  name.addEventListener('input', onChange);
  item.querySelector('.remove')!.addEventListener('click', () => {
    recording?.abort();
    onRemove();
  });
  card.show();
  return card;
}

let playing: HTMLAudioElement | undefined;

function playSound(audio: Audio): void {
  playing?.pause();
  const url = URL.createObjectURL(new Blob([wavOf(audio)], { type: 'audio/wav' }));
  playing = document.createElement('audio');
  playing.src = url;
  playing.addEventListener('ended', () => URL.revokeObjectURL(url));
  playing.play().catch(() => {});
}
