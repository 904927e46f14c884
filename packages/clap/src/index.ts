export { clap } from './clap.js';
