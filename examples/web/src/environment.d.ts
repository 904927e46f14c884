/// <reference types="vite/client" />

/** The model that the page starts with (bundled-model.ts): its folder below the page, SHA-256 by file name. */
declare const BUNDLED_MODEL: { readonly path: string; readonly integrity: Readonly<Record<string, string>> };

/** Whether this is the build, which a service worker keeps (app-shell.ts). */
declare const IS_BUILT: boolean;
