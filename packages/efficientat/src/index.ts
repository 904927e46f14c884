export { type EfficientatConfig, readConfig, writeConfig } from './config.js';
export { efficientat } from './efficientat.js';
export { frontEnd } from './front-end.js';
export { build, type EfficientatParameters, parameters } from './model.js';
