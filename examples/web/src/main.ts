// Puts the page together.

import { AudiozooError } from '@audiozoo/core';
import { openMicrophone } from '@audiozoo/tasks';
import { createAnnouncer } from './announcer.js';
import { createAnswer } from './answer.js';
import { createArrival } from './arrival.js';
import { watchDrops } from './drop-zone.js';
import { element } from './element.js';
import { onFilesChosen } from './file-button.js';
import { recognizeGiven } from './given-files.js';
import { createHearing } from './hearing.js';
import { keepLarge, keepOffline, readShell } from './keep-offline.js';
import { readLabelFile } from './label-file.js';
import { formatBytes } from './load-progress.js';
import { createModelPanel, firstModel } from './model-panel.js';
import { createNotice } from './notice.js';
import type { BundledName } from './open-model.js';
import { createPicture } from './picture.js';
import { createPlaces } from './places.js';
import { createPlayer } from './player.js';
import { createSampleClips } from './sample-clips.js';

const notice = createNotice(element('sound-notice'));
const title = element('stage-title');
const stop = element('stop');
const useMicrophone = element('use-microphone');

const announcer = createAnnouncer(element('announcement'));
const answer = createAnswer(announcer);
const arrival = createArrival();
const panel = createModelPanel({
  arrival,
  onReplace(name) {
    announcer.say(`${name} is loaded.`);
    hearing.again();
  },
});
const player = createPlayer(
  {
    button: element<HTMLButtonElement>('play'),
    position: element<HTMLInputElement>('position'),
    playheads: [...document.querySelectorAll<HTMLElement>('.playhead')],
  },
  (seconds) => hearing.moveTo(seconds),
);
const places = createPlaces(element('places'), {
  onPlay: (seconds) => player.playFrom(seconds),
  onError: (error) => notice.error(error),
});
const hearing = createHearing({
  classifier: panel.current,
  answer,
  picture: createPicture(),
  player,
  places,
  onState({ title: text, live, busy }) {
    if (busy) notice.clear();
    title.textContent = live && !busy ? 'Heard from the microphone' : text;
    const listening = live && busy;
    // The focus goes along with the button that replaces the one pressed.
    const focused = document.activeElement === stop || document.activeElement === useMicrophone;
    stop.hidden = !busy;
    document.body.toggleAttribute('data-listening', listening);
    useMicrophone.querySelector('span')!.textContent = listening ? 'Stop listening' : 'Use the microphone';
    if (busy) showStage();
    if (focused && !busy) useMicrophone.focus();
  },
  async openMicrophone() {
    try {
      return await openMicrophone();
    } catch (error) {
      notice.error(error);
      return undefined;
    }
  },
  onNote: (note) => notice.remark('Something is wrong with this file', note),
  onError(error) {
    // A worker that crashed or a GPU that was lost: the model has to be loaded again.
    const isStopped = AudiozooError.isInstance(error, 'runtime') || AudiozooError.isInstance(error, 'device');
    notice.error(error, isStopped ? { action: { label: 'Load the model again', run: panel.restart } } : {});
  },
});

/** On a small screen what was begun above goes on below. */
function showStage(): void {
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
  document.querySelector('.stage')!.scrollIntoView({ block: 'nearest', behavior });
}

async function take(files: readonly File[]): Promise<void> {
  const given = recognizeGiven(files);
  try {
    if (given.kind === 'sound') {
      await hearing.file(given.file, { title: given.file.name, play: false });
      if (given.others > 0)
        notice.remark('One sound at a time', `This is ${given.file.name}; drop the others one by one.`);
    } else if (given.kind === 'model') {
      await panel.load({ kind: 'folder', files: given.files });
    } else if (given.kind === 'checkpoint') {
      const labels = given.labels && (await readLabelFile(given.labels));
      await panel.load({ kind: 'checkpoint', file: given.file, conversion: labels ? { labels } : {} });
    } else {
      notice.remark(
        'Nothing to hear there',
        'Drop a sound, a folder with config.json and weights, or a .pth file.',
      );
    }
  } catch (error) {
    notice.error(error);
  }
}

async function hearSample(model: BundledName, file: File, title: string): Promise<void> {
  answer.wait('Waiting for the model…');
  await panel.suit(model);
  await hearing.file(file, { title, play: true });
}

useMicrophone.addEventListener('click', () =>
  document.body.hasAttribute('data-listening') ? hearing.stop() : void hearing.microphone(),
);
stop.addEventListener('click', () => hearing.stop());
onFilesChosen(element('choose-sound'), element<HTMLInputElement>('sound-file'), take);
onFilesChosen(element('choose-folder'), element<HTMLInputElement>('folder'), take);
onFilesChosen(element('choose-checkpoint'), element<HTMLInputElement>('checkpoint'), take);
element('name-model').addEventListener('submit', (event) => {
  event.preventDefault();
  void panel.load({ kind: 'named', name: element<HTMLInputElement>('named').value.trim() });
});
watchDrops({ veil: element('drop-veil'), onFiles: take, onError: (error) => notice.error(error) });
createSampleClips(
  'spoken-digits',
  element('words'),
  (file, word) => void hearSample('spoken-digits', file, `“${word}”`),
  (error) => notice.error(error),
);
createSampleClips(
  'ten-sounds',
  element('sounds'),
  (file, sound) => void hearSample('ten-sounds', file, sound),
  (error) => notice.error(error),
);
element('sounds-size').textContent =
  `, for a second model of ${formatBytes(BUNDLED_MODELS['ten-sounds'].bytes)}`;
void begin();

async function begin(): Promise<void> {
  const shell = readShell().then((told) => {
    if (!told) return undefined;
    const sizes = element('runtime-sizes');
    const [onnxruntime, tfjs] = [formatBytes(told.runtimes.onnxruntime), formatBytes(told.runtimes.tfjs)];
    sizes.textContent = `Downloaded when it is first chosen: onnxruntime, ${onnxruntime}, which Fastest takes where there is a GPU; TensorFlow.js, ${tfjs}.`;
    sizes.hidden = false;
    return told;
  });
  // At once, before a runtime is chosen: in WebKit, one that was chosen while the service worker took over has waited forever.
  const isKept = keepOffline();
  await panel.load(firstModel);
  const device = await panel.current().then(
    (model) => model.device,
    () => '',
  );
  if (!(await isKept)) return;
  if (device.includes('onnxruntime')) await keepLarge(await shell);
  arrival.kept(await shell);
}
