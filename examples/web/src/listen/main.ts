// The page that sends the microphone to a server, and shows what it says.

import { captureAudio, type LabelsAtTime, openMicrophone } from '@audiozoo/tasks';
import { createAnnouncer } from '../announcer.js';
import { element } from '../element.js';
import { keepOffline } from '../keep-offline.js';
import { createLabelBars } from '../label-bars.js';
import { createNotice } from '../notice.js';
import { askServer } from './ask-server.js';

/** Seconds of the microphone that are kept while the server is not there yet. */
const keptSeconds = 2;
const hop = 0.5;

const form = element<HTMLFormElement>('listen-form');
const listenButton = element<HTMLButtonElement>('listen');
const stopButton = element<HTMLButtonElement>('stop');
const status = element('listening-status');
const heard = element('heard');
const bars = createLabelBars(element('bars'), 5);
const notice = createNotice(element('listening-notice'));
const announcer = createAnnouncer(element('announcement'));

let stop = () => {};

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void listen();
});
stopButton.addEventListener('click', () => stop());
window.addEventListener('pagehide', () => stop());
void keepOffline();

async function listen(): Promise<void> {
  const stopping = new AbortController();
  stop = () => stopping.abort();
  notice.clear();
  setListening(true);
  let outcome = 'It has stopped.';
  try {
    await hearMicrophone(stopping.signal);
  } catch (error) {
    outcome = 'Nothing is sent.';
    notice.error(error);
  }
  stopping.abort();
  setListening(false);
  status.textContent = outcome;
}

async function hearMicrophone(signal: AbortSignal): Promise<void> {
  status.textContent = 'Opening the microphone …';
  const microphone = await openMicrophone();
  try {
    const capture = await captureAudio(microphone, keptSeconds);
    const close = () => void capture.close();
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    status.textContent = 'Connecting …';
    const server = element<HTMLInputElement>('server').value;
    const token = element<HTMLInputElement>('token').value;
    const onReady = (model: string) => {
      status.textContent = `The microphone goes to ${new URL(server).host}, which listens with ${model}.`;
    };
    if (!signal.aborted) await askServer(capture, { server, token, hop, signal, onReady, onLabels: show });
  } finally {
    for (const track of microphone.getTracks()) track.stop();
  }
}

function show({ labels }: LabelsAtTime): void {
  const [best] = labels;
  heard.toggleAttribute('data-empty', !best);
  heard.textContent = best?.label ?? '–';
  bars.show(labels);
  announcer.say(best?.label ?? '');
}

/** The focus stays with who presses buttons: on the one that undoes what was done. */
function setListening(isListening: boolean): void {
  const hadFocus = document.activeElement === listenButton || document.activeElement === stopButton;
  listenButton.disabled = isListening;
  stopButton.disabled = !isListening;
  if (hadFocus) (isListening ? stopButton : listenButton).focus();
}
