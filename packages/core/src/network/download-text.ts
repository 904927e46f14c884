// Small text files, kept in memory: what the large ones are chosen by.

import { refusal, showUrl, TransientError } from './failure.js';
import { type RequestOptions, request } from './request.js';
import { persevere, type RetryOptions } from './retry.js';
import { readSize } from './version.js';
import { refuseWebPage } from './web-page.js';

export interface DownloadedText {
  readonly text: string;
  /** What the server that was asked said itself, not those that it redirects to. */
  readonly headers: Headers;
}

const maxBytes = 16_000_000;

/** Downloads a text file. Throws as `download` does. */
export async function downloadText(
  url: URL,
  options: RequestOptions & RetryOptions = {},
): Promise<DownloadedText> {
  return persevere(async () => {
    const { headers, ownHeaders, body, discard } = await request(url, options);
    const pieces: BlobPart[] = [];
    let bytes = 0;
    for await (const piece of body) {
      pieces.push(piece.slice());
      bytes += piece.length;
      if (bytes > maxBytes) {
        await discard();
        throw refusal({ what: `${showUrl(url)} is too large`, expected: `at most ${maxBytes} bytes` });
      }
    }
    if (bytes < (readSize(headers.get('content-length')) ?? 0)) {
      throw new TransientError(refusal({ what: `${showUrl(url)} ended early` }));
    }
    const content = new Uint8Array(await new Blob(pieces).arrayBuffer());
    refuseWebPage(url, content, headers.get('content-type'));
    return { text: new TextDecoder().decode(content), headers: ownHeaders };
  }, options);
}
