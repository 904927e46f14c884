// The labels of well-known data sets, in the order of their classes: no model's own, so that all may name them.

export { audiosetLabels } from './audioset.js';
export { audiosetStrongLabels } from './audioset-strong.js';
export { esc50Labels } from './esc50.js';
export { speechCommandsLabels } from './speech-commands.js';
