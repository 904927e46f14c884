/// <reference types="vite/client" />

/** The models that the page brings (bundled-models.ts): their folders below the page, how much they are, SHA-256 by file name. */
declare const BUNDLED_MODELS: Readonly<
  Record<
    'spoken-digits' | 'ten-sounds',
    { readonly path: string; readonly bytes: number; readonly integrity: Readonly<Record<string, string>> }
  >
>;

/** Whether this is the build, which a service worker keeps (app-shell.ts). */
declare const IS_BUILT: boolean;
