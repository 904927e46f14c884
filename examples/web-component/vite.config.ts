import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // The models that come with the repository, to be named "./spoken-digits".
  publicDir: '../../models',
  // The packages' TypeScript, so that no build of them has to be there. Elsewhere this line is not needed.
  resolve: { conditions: ['@audiozoo/source', 'module', 'browser', 'development|production'] },
});
