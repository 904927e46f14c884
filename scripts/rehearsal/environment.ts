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
 * and without the variables that choose what is installed.
 */
export function freshEnvironment({ registry, userconfig, cache, path = [] }: NpmSettings): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|onnxruntime_node_install)/i.test(name),
  );
  const env = Object.fromEntries(kept);
  return {
    ...env,
    PATH: [...path, env.PATH].join(delimiter),
    npm_config_registry: registry,
    npm_config_userconfig: userconfig,
    npm_config_cache: cache,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
}
