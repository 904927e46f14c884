export type { TfjsDevice } from './engine.js';
export { type TfjsOptions, tfjs } from './tfjs.js';
export type { Tfjs } from './tfjs-namespace.js';
export { type TfjsOpsOptions, tfjsOps } from './tfjs-ops.js';
