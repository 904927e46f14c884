import { fileSink } from '@audiozoo/core/disk';
import type { ResultRow } from './result-row.js';
import type { RowWriter } from './row-writer.js';

/** Characters that are written at a time. */
const pieceLength = 2 ** 18;

/** Lines of JSON, without embeddings. Errors name `target`. */
export async function jsonLines(path: string, target: string): Promise<RowWriter> {
  const file = await fileSink(path, target);
  let waiting = '';
  let isClosed = false;
  const flush = async () => {
    await file.write(Buffer.from(waiting));
    waiting = '';
  };
  const close = async () => {
    if (!isClosed) await file.close();
    isClosed = true;
  };
  return {
    async write(row) {
      waiting += `${JSON.stringify(jsonRow(row))}\n`;
      if (waiting.length >= pieceLength) await flush();
    },
    async finish() {
      await flush();
      await close();
    },
    close: () => close().catch(() => {}), // what it says was said before
  };
}

/** In the order in which people read. */
function jsonRow({
  id,
  source,
  window,
  start,
  end,
  seconds,
  note,
  labels,
  scores,
  events,
  error,
}: ResultRow) {
  if (error) return { id, source, start, end, code: error.code, error: error.message };
  return { id, source, window, start, end, seconds, note, labels, scores, events };
}
