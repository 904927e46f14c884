// What the page is made of, listed for the service worker that keeps it for visits without a network.

import type { Plugin } from 'vite';

/**
 * Writes shell.json into the build: every file but the model, which the library keeps itself. Defines `IS_BUILT`,
 * since what is served from source changes, and must not be kept.
 */
export function appShell(): Plugin {
  return {
    name: 'app-shell',
    enforce: 'post',
    config: (_, { command }) => ({ define: { IS_BUILT: JSON.stringify(command === 'build') } }),
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter(
        (file) => !file.startsWith('models/') && !file.endsWith('.map'),
      );
      const source = JSON.stringify(['./', ...files.filter((file) => file !== 'index.html').sort()]);
      this.emitFile({ type: 'asset', fileName: 'shell.json', source });
    },
  };
}
