// What the names of published files say that the files do not: `mn10_as_hop_15_mAP_463.pt`, `mn10_as_mels_64_mAP_461.pt`,
// `mn10_as_fc_s2221_mAP_466.pt`.

import type { SettingValues } from '@audiozoo/core';

/** At 32 kHz. */
const samplesPerMillisecond = 32;

/** As settings, which may be as wrong as a person's; none of a name that is not of the authors' way. */
export function readPublishedName(fileName: string): SettingValues {
  const name = fileName.split(/[\\/]/).at(-1)!.toLowerCase();
  if (!/(^|[^a-z])mn\d\d(_|\.|$)/.test(name)) return {};
  const hop = /_hop_?(\d{1,3})(?!\d)/.exec(name)?.[1];
  const mels = /_mels_?(\d{1,4})(?!\d)/.exec(name)?.[1];
  const strides = /_s([1-9]{4})(?!\d)/.exec(name)?.[1];
  return {
    ...(hop && { hopLength: Number(hop) * samplesPerMillisecond }),
    ...(mels && { melBins: Number(mels) }),
    ...(strides && { strides: [...strides].join(',') }),
  };
}
