import { delimiter } from 'node:path';

export interface NpmSettings {
  readonly registry: string;
  readonly userconfig: string;
  readonly cache: string;
  /** Folders of commands that are found before all others. */
  readonly path?: readonly string[];
}

/**
 * The environment of somebody who has run nothing yet: without what npm tells the scripts that it runs, of which this is one,
 * without the variables that choose what is installed, and without what this repository has installed.
 */
export function freshEnvironment({ registry, userconfig, cache, path = [] }: NpmSettings): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|onnxruntime_node_install|NODE_PATH$|NODE_OPTIONS$)/i.test(name),
  );
  const env = Object.fromEntries(kept);
  const places = env.PATH?.split(delimiter).filter((place) => !place.includes('node_modules')) ?? [];
  return {
    ...env,
    PATH: [...path, ...places].join(delimiter),
    npm_config_registry: registry,
    npm_config_userconfig: userconfig,
    npm_config_cache: cache,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
}
