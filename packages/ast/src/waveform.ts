import { withFbank } from '@audiozoo/features';
import { ast } from './ast.js';
import { fbankInput } from './front-end.js';

/** The model with its front end inside, from sound to logits. */
export const waveform = withFbank(ast, fbankInput);
