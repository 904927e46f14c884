// The example server: sets up, builds, and serves the bundled model. `npm run serve -- --help` lists the options.

import { root, setUp } from './setup.mjs';

setUp();

await import(`${root}/examples/server/dist/main.js`);
