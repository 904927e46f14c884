import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { temporaryFolder } from '@audiozoo/core/disk';

/** Where uploads lie while they are heard. */
export interface UploadFolder {
  readonly path: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/** What a thread that has been ended was about to write there may come while the rest goes. */
export const removing = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };

/** Makes one that goes with this process; if that is killed, with the next process that makes such a folder. */
export async function makeUploadFolder(): Promise<UploadFolder> {
  const path = await temporaryFolder();
  const removeNow = () => rmSync(path, removing);
  process.once('exit', removeNow);
  return {
    path,
    async remove() {
      process.off('exit', removeNow);
      await rm(path, removing);
    },
  };
}
