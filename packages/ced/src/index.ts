export { ced } from './ced.js';
export { type CedConfig, readConfig, writeConfig } from './config.js';
export { frontEnd } from './front-end.js';
export { build, type CedParameters, parameters } from './model.js';
