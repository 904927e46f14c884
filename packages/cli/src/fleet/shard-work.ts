// What a process that does shards is begun with, as plain values, and what it loads of that.

import { codecs } from '@audiozoo/codecs';
import { type JobSettings, openSource, type ShardWork, type SourceAccess } from '@audiozoo/fleet';
import { loadClassifier } from '@audiozoo/tasks';
import { chooseBackend, type DeviceFlags } from '../flags/device.js';
import { loadPlugins } from '../flags/plugin.js';
import type { HearingFlags } from '../flags/sound.js';
import { jobFetch } from '../input/job-fetch.js';

export interface ShardOrder {
  readonly settings: JobSettings;
  /** Of the results. */
  readonly folder: string;
  readonly device: Pick<DeviceFlags, 'device' | 'threads'>;
  readonly plugin?: readonly string[] | undefined;
  readonly decoder?: HearingFlags['decoder'] | undefined;
  readonly access?: SourceAccess | undefined;
}

/** Loads the model, which is here: who gives the order has looked. */
export async function openShardWork(order: ShardOrder): Promise<ShardWork> {
  const { settings, folder, device, plugin, decoder, access } = order;
  const { models, backends } = await loadPlugins(plugin);
  const { precision } = settings;
  const backend = await chooseBackend({ ...device, ...(precision && { precision }) }, { models, backends });
  const { name, size } = settings.model;
  const classifier = await loadClassifier(name, {
    models,
    backend,
    size: size as Parameters<typeof loadClassifier>[1]['size'],
    fetch: jobFetch(name, access),
    converters: () => import('@audiozoo/converters'),
  });
  return {
    classifier,
    settings,
    folder,
    openSource: (entry, { signal }) => openSource(entry, access, signal),
    audio: { decoders: codecs, decoder },
  };
}
