// A model and a backend of somebody else's, on @audiozoo/core and the features that the model hears by.

import { openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { plainLoops } from '../../examples/custom-backend/plain-loops.js';
import { melMixer } from '../../examples/custom-model/mel-mixer.js';
import { kinds, makeSound } from '../../examples/custom-model/sounds.js';

const folder = `${import.meta.dirname}/../../examples/custom-model/model`;
const directory = await openModelDirectory(await openFiles(folder));
const config = melMixer.readConfig(directory.config, directory.preprocessorConfig);
const loaded = await plainLoops().load(melMixer, directory.weights, { config });
const { logits } = await loaded.run(await melMixer.frontEnd(config).inputs([makeSound(0, 500)]));
console.log(kinds[logits.data.indexOf(Math.max(...logits.data))]);
