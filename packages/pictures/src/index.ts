export {
  type AttentionMap,
  type AttentionPicture,
  columnsHeard,
  drawAttention,
} from './attention-picture.js';
export type { Spectrogram } from './spectrogram.js';
export { drawTimeline, type TimelineEvent, type TimelinePicture } from './timeline-picture.js';
