export {
  type AttentionMap,
  type AttentionPicture,
  columnsHeard,
  drawAttention,
} from './attention-picture.js';
export { magma } from './color-map.js';
export type { Color } from './heat-map.js';
export type { Spectrogram } from './spectrogram.js';
export { drawTimeline, type TimelineEvent, type TimelinePicture } from './timeline-picture.js';
