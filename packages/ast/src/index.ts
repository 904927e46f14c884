export { ast } from './ast.js';
export { officialCheckpoint } from './checkpoint.js';
export { type AstConfig, patchGrid, readConfig, writeConfig } from './config.js';
export { audioset, type DataSet, dataSetOfClassCount, esc50, speechCommands } from './data-set.js';
export { fbankInput, frontEnd } from './front-end.js';
export { type AstParameters, build, parameters } from './model.js';
