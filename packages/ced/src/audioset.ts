// AudioSet's names: the port's config.json has them cut at the first comma, so that three classes are called "Inside".

import type { Label } from '@audiozoo/core';
import { audiosetLabels } from '@audiozoo/core/labels';
import { unnamedLabel } from '@audiozoo/core/plugin';

/** The whole names, with identifiers, where these are AudioSet's, whole, cut or missing; else as they are. */
export function withAudiosetLabels(labels: readonly Label[]): readonly Label[] {
  const isAudioset =
    labels.length === audiosetLabels.length &&
    labels.every(({ name }, index) => {
      const whole = audiosetLabels[index]!.name;
      return [whole, whole.split(',')[0], unnamedLabel(index).name].includes(name);
    });
  return isAudioset ? audiosetLabels : labels;
}
