// What is heard when, as a picture to keep: the same drawing as the command's.

import type { TimelinePicture } from '@audiozoo/pictures';
import { element } from './element.js';
import { saveFile } from './save-file.js';

/** A button that saves the timeline of the sound that is shown, as SVG; it is hidden while there is none. */
export function createTimelineSaver(): { offer(picture: TimelinePicture | undefined): void } {
  const button = element('save-timeline');
  let offered: TimelinePicture | undefined;

  button.addEventListener('click', async () => {
    if (!offered) return;
    const { drawTimeline } = await import('@audiozoo/pictures');
    const picture = new Blob([drawTimeline(offered)], { type: 'image/svg+xml' });
    saveFile(picture, `${offered.title.replace(/\.[^.]+$/, '')}.svg`);
  });

  return {
    offer(picture) {
      offered = picture;
      button.hidden = picture === undefined;
    },
  };
}
