// Puts the page that teaches together.

import { AudiozooError } from '@audiozoo/core';
import type { Audio } from '@audiozoo/features';
import { openMicrophone, type RemoteClassifier } from '@audiozoo/tasks';
import { createAnnouncer } from '../announcer.js';
import { createAnswer } from '../answer.js';
import { createArrival } from '../arrival.js';
import { watchDrops } from '../drop-zone.js';
import { element } from '../element.js';
import { onFilesChosen } from '../file-button.js';
import { createHearing } from '../hearing.js';
import { keepOffline, readShell } from '../keep-offline.js';
import { createLoadProgress } from '../load-progress.js';
import { createNotice, isAbort, type Notice } from '../notice.js';
import { type OpenModel, openModel } from '../open-model.js';
import { createPicture } from '../picture.js';
import { createPlayer } from '../player.js';
import { usualChoice } from '../runtime-choice.js';
import { saveFile } from '../save-file.js';
import { createCurves } from './curves.js';
import { latestSound } from './latest-sound.js';
import { type Lesson, newRecording } from './lesson.js';
import { packModel, unpackModel } from './model-archive.js';
import { readSounds } from './read-sounds.js';
import { createSoundList } from './sound-list.js';
import { createTeacher } from './teacher.js';
import type { PostedModel, Taught, TeachingProgress } from './teacher-messages.js';

/** So much of what was heard live is taught by a click: people take a while to press. Of a long file, what is around the playhead. */
const correctedSeconds = 3;
const longSeconds = 10;
const archiveName = 'my-sounds';

const teachButton = element<HTMLButtonElement>('teach');
const stopTeaching = element('stop-teaching');
const status = element('teach-status');
const progress = element('teach-progress');
const correction = element('correction');
const saveButton = element<HTMLButtonElement>('save');
const chooseSound = element<HTMLButtonElement>('choose-sound');
const useMicrophone = element<HTMLButtonElement>('use-microphone');
const stop = element('stop');
const beginningName = element('beginning-name');

const soundNotice = createNotice(element('sound-notice'));
const teachNotice = createNotice(element('teach-notice'));
const hearingNotice = createNotice(element('hearing-notice'));
const keepNotice = createNotice(element('keep-notice'));
const beginningNotice = createNotice(element('beginning-notice'));

const teacher = createTeacher();
const arrival = createArrival();
const openProgress = createLoadProgress(element('open-progress'), beginningName);
const curves = createCurves(element('curves'));
const latest = latestSound(correctedSeconds);
let teaching: AbortController | undefined;
/** What was learned last, and from what. */
let learned: { readonly files: readonly File[]; readonly lesson: Lesson } | undefined;
let model: OpenModel | undefined;
let beginning: Promise<void> = Promise.resolve();
let opening: AbortController | undefined;
/** Whether a file holds what the cards do. */
let isSaved = false;
/** The file that was heard last; undefined: the microphone, or nothing. */
let heardFile: File | undefined;

const sounds = createSoundList(element('sounds'), {
  read: (files) => readSounds(files, (note) => soundNotice.remark('Something is wrong with a file', note)),
  onBegin: soundNotice.clear,
  onChange: () => {
    isSaved = false;
    showWhatIsMissing();
  },
  onError: (error) => soundNotice.error(error),
});

const player = createPlayer(
  {
    button: element<HTMLButtonElement>('play'),
    position: element<HTMLInputElement>('position'),
    playheads: [...document.querySelectorAll<HTMLElement>('.playhead')],
  },
  (seconds) => hearing.moveTo(seconds),
);
const answer = createAnswer(createAnnouncer(element('announcement')));
const hearing = createHearing({
  classifier: async () => latest.follow(taughtModel()),
  answer,
  picture: createPicture(),
  player,
  places: { open() {}, close() {} }, // what was taught has labels
  onState({ live, busy }) {
    if (busy) hearingNotice.clear();
    const listening = live && busy;
    const focused = document.activeElement === stop || document.activeElement === useMicrophone;
    stop.hidden = !busy || live;
    document.body.toggleAttribute('data-listening', listening);
    useMicrophone.querySelector('span')!.textContent = listening ? 'Stop listening' : 'Listen';
    if (focused && !busy) useMicrophone.focus();
  },
  async openMicrophone() {
    try {
      return await openMicrophone();
    } catch (error) {
      hearingNotice.error(error);
      return undefined;
    }
  },
  onNote: (note) => hearingNotice.remark('Something is wrong with this file', note),
  onError: (error) => hearingNotice.error(error),
});

function taughtModel(): RemoteClassifier {
  if (model) return model.classifier;
  throw new AudiozooError({ code: 'model', what: 'nothing is learned yet', hint: 'Teach it first.' });
}

/** What is ready to be taught, or what is missing, for people. */
function lessonOf(): Lesson | string {
  const given = sounds.sounds().filter(({ name, recordings }) => name !== '' || recordings.length > 0);
  const names = given.map(({ name }) => name);
  const twice = names.find((name, place) => name !== '' && names.indexOf(name) !== place);
  if (twice) return `Two sounds are called ${twice}.`;
  const odd = names.find((name) => name.includes(','));
  if (odd) return `${odd} holds a comma, which stands between labels: leave it out.`;
  const nameless = given.find(({ name }) => name === '');
  if (nameless) return 'A sound has no name yet.';
  const silent = given.find(({ recordings }) => recordings.length === 0);
  if (given.length < 2 || silent) {
    return silent && given.length >= 2
      ? `There is nothing to hear of ${silent.name} yet.`
      : 'It takes two sounds at least, each with a name and something to hear.';
  }
  return given;
}

function showWhatIsMissing(): void {
  const lesson = lessonOf();
  teachButton.disabled = typeof lesson === 'string';
  if (teaching) return;
  if (typeof lesson === 'string') status.textContent = lesson;
  else if (!learned) status.textContent = `Ready to learn ${lesson.length} sounds.`;
  else status.textContent = 'Changed since it learned: teach it again.';
}

/** Teaches what the cards hold; what is under way is given up. */
async function teach(): Promise<void> {
  const lesson = lessonOf();
  if (typeof lesson === 'string') return;
  teaching?.abort();
  const controller = new AbortController();
  teaching = controller;
  const { signal } = controller;
  const begin = performance.now();
  teachNotice.clear();
  stopTeaching.hidden = false;
  progress.hidden = false;
  status.textContent = 'Getting ready…';
  curves.begin();
  try {
    await beginning;
    signal.throwIfAborted();
    const taught = await teacher.teach(lesson, {
      signal,
      onProgress: showProgress,
    });
    await take(taught.files, lesson, signal);
    sounds.mark(taught.check?.mistakes ?? []);
    status.textContent = report(taught, (performance.now() - begin) / 1000);
  } catch (error) {
    if (controller !== teaching) return;
    teachNotice.error(error);
    status.textContent = isAbort(error)
      ? 'Stopped. It knows what it knew before.'
      : 'It has not learned this.';
  } finally {
    if (controller === teaching) {
      teaching = undefined;
      if (document.activeElement === stopTeaching) teachButton.focus();
      stopTeaching.hidden = true;
      progress.hidden = true;
    }
  }
}

/** What is said again is not read out again. */
function say(text: string): void {
  if (status.textContent !== text) status.textContent = text;
}

function showProgress({ run, heard, epoch }: TeachingProgress): void {
  const bar = progress.querySelector('progress')!;
  if (heard) {
    say(`Listening to ${heard.total} clips…`);
    bar.value = heard.done / heard.total;
  } else if (epoch) {
    say(run === 'check' ? 'Learning, without what is held back to check…' : 'Learning from all of them…');
    bar.value = epoch.epoch / epoch.epochs;
    curves.push(run, epoch);
  }
}

function report({ clips, clipSeconds, check }: Taught, seconds: number): string {
  const learnt = `Learned from ${clips} clips of ${clipSeconds.toFixed(1)} s, in ${seconds.toFixed(1)} s.`;
  if (!check) return `${learnt} With three recordings of each sound, it also checks itself.`;
  const { recordings, mistakes } = check;
  const right = recordings - mistakes.length;
  return `${learnt} Of ${recordings} recordings that it held back at first, it told ${right} right.`;
}

/** Listens with a model from now on. */
async function take(files: readonly File[], lesson: Lesson, signal: AbortSignal): Promise<void> {
  const next = await openModel({ kind: 'folder', files }, usualChoice, { signal, onProgress() {} });
  const before = model;
  model = next;
  learned = { files, lesson };
  useMicrophone.disabled = chooseSound.disabled = saveButton.disabled = false;
  showCorrection(lesson);
  if (before) hearing.again();
  else answer.wait('Let it listen, or try a file');
  before?.close();
}

function showCorrection(lesson: Lesson): void {
  const pressed = correction.contains(document.activeElement) ? document.activeElement!.textContent : null;
  correction.querySelector('div')!.replaceChildren(
    ...lesson.map(({ name }) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'clip';
      button.textContent = name;
      button.addEventListener('click', () => void correct(name));
      return button;
    }),
  );
  // The focus stays on the name that was pressed.
  for (const button of correction.querySelectorAll('button'))
    if (button.textContent === pressed) button.focus();
}

/** What was heard last is of this sound. */
async function correct(name: string): Promise<void> {
  try {
    const audio = heardFile ? await heardPart(heardFile) : latest.read();
    if (!audio) return;
    if (sounds.addRecording(name, audio)) await teach();
    else hearingNotice.remark('Which sound is it?', `None is called ${name} any more.`);
  } catch (error) {
    hearingNotice.error(error);
  }
}

async function heardPart(file: File): Promise<Audio> {
  const [whole] = await readSounds([file], () => {});
  const { samples, sampleRate } = whole!;
  if (samples.length <= longSeconds * sampleRate) return whole!;
  const at = Number(element<HTMLInputElement>('position').value) - correctedSeconds / 2;
  const start = Math.round(sampleRate * Math.max(0, at));
  const end = start + correctedSeconds * sampleRate;
  return {
    samples: samples.slice(Math.min(start, samples.length - correctedSeconds * sampleRate), end),
    sampleRate,
  };
}

function listen(): void {
  heardFile = undefined;
  correction.hidden = false;
  void hearing.microphone();
}

function hear(file: File): void {
  heardFile = file;
  correction.hidden = false;
  void hearing.file(file, { title: file.name, play: false });
}

/** Begins with another model from now on; where it cannot be opened, with the one before. */
async function beginWith(posted: PostedModel, name: string, notice: Notice): Promise<boolean> {
  notice.clear();
  opening?.abort();
  const controller = new AbortController();
  opening = controller;
  openProgress.begin(() => controller.abort());
  arrival.begin(name);
  const before = beginning;
  const opened = teacher.open(posted, {
    signal: controller.signal,
    onProgress(told) {
      openProgress.show(told);
      arrival.show(told);
    },
  });
  beginning = opened.catch(() => before);
  try {
    await opened;
    beginningName.textContent = name;
    arrival.ready();
    return true;
  } catch (error) {
    notice.error(error);
    if (controller === opening) arrival.failed();
    return false;
  } finally {
    if (controller === opening) openProgress.end();
  }
}

async function openSaved(file: File): Promise<void> {
  keepNotice.clear();
  try {
    const { files, sounds: archived } = await unpackModel(file);
    const recordings = await Promise.all(
      archived.map(async ({ name, recordings: own }) => ({
        name,
        recordings: (await readSounds(own, () => {})).map(newRecording),
      })),
    );
    teaching?.abort();
    if (!(await beginWith({ location: files }, file.name, keepNotice)) || recordings.length === 0) return;
    sounds.clear();
    for (const sound of recordings) sounds.add(sound);
    await take(files, recordings, new AbortController().signal);
    status.textContent = `It knows ${recordings.map(({ name }) => name).join(', ')}.`;
    isSaved = true;
  } catch (error) {
    keepNotice.error(error);
  }
}

async function save(): Promise<void> {
  if (!learned) return;
  try {
    const { files, lesson } = learned;
    saveFile(await packModel(archiveName, files, lesson), `${archiveName}.zip`);
    isSaved ||= sameRecordings(lesson, sounds.sounds());
  } catch (error) {
    keepNotice.error(error);
  }
}

function sameRecordings(some: Lesson, others: Lesson): boolean {
  const what = (lesson: Lesson) =>
    JSON.stringify(lesson.map(({ name, recordings }) => [name, recordings.map(({ id }) => id)]));
  return what(some) === what(others);
}

function takeDropped(files: readonly File[], target: Element): void {
  const zip = files.find(({ name }) => /\.zip$/i.test(name));
  if (zip) void openSaved(zip);
  else if (files.some(({ name }) => name === 'config.json')) takeFolder(files);
  else if (!sounds.takeDropped(target, files)) {
    soundNotice.remark('Which sound is it?', 'Drop sounds on the card that they belong to.');
  }
}

function takeFolder(files: readonly File[]): void {
  const folder = files.map(({ webkitRelativePath }) => webkitRelativePath.split('/')[0]).find(Boolean);
  void beginWith({ location: files }, folder ?? 'A model folder', beginningNotice);
}

// What was recorded is nowhere else.
addEventListener('beforeunload', (event) => {
  if (!isSaved && sounds.sounds().some(({ recordings }) => recordings.length > 0)) event.preventDefault();
});
teachButton.addEventListener('click', () => void teach());
stopTeaching.addEventListener('click', () => teaching?.abort());
element('add-sound').addEventListener('click', () => {
  sounds.add({ name: '', recordings: [] });
  element('sounds').querySelector<HTMLInputElement>('li:last-child input')!.focus();
});
useMicrophone.addEventListener('click', () =>
  document.body.hasAttribute('data-listening') ? hearing.stop() : listen(),
);
stop.addEventListener('click', () => hearing.stop());
saveButton.addEventListener('click', () => void save());
onFilesChosen(chooseSound, element<HTMLInputElement>('sound-file'), ([file]) => hear(file!));
onFilesChosen(element('open'), element<HTMLInputElement>('saved'), ([file]) => void openSaved(file!));
onFilesChosen(element('choose-folder'), element<HTMLInputElement>('folder'), takeFolder);
element('name-model').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = element<HTMLInputElement>('named').value.trim();
  void beginWith({ location: name }, name, beginningNotice);
});
watchDrops({
  veil: element('drop-veil'),
  onFiles: takeDropped,
  onError: (error) => soundNotice.error(error),
});
sounds.add({ name: '', recordings: [] });
sounds.add({ name: '', recordings: [] });
const { path, integrity } = BUNDLED_MODELS['spoken-digits'];
const bundled = { location: new URL(path, document.baseURI).href, integrity };
void beginWith(bundled, 'Spoken digits', beginningNotice);
const shell = readShell();
void keepOffline().then(async (isKept) => {
  if (isKept) arrival.kept(await shell);
});
