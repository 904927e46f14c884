/** Bytes at the end of a FLAC file at which the process that does shards ends, or hangs. */
export const marks = { kills: 'ENDS-THE-PROCESS', hangs: 'HANGS-THE-PROCESS' };
