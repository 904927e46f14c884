// Small text files, kept in memory: what the large ones are chosen by.

import { refusal, showUrl, TransientError } from './failure.js';
import type { HttpClient } from './http-client.js';
import { persevere, type RetryOptions } from './retry.js';
import { refuseWebPage } from './web-page.js';

export interface TextOptions extends RetryOptions {
  readonly http: HttpClient;
  readonly authorization?: string | undefined;
}

export interface DownloadedText {
  readonly text: string;
  /** What the server that was asked said itself, not those that it redirects to. */
  readonly headers: ReadonlyMap<string, string>;
}

const maxBytes = 16_000_000;

/** Downloads a text file. Throws as `downloadFile` does. */
export async function downloadText(url: URL, options: TextOptions): Promise<DownloadedText> {
  const { http, authorization, signal } = options;
  return persevere(async () => {
    const { headers, ownHeaders, body } = await http.get(url, { authorization, signal });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw refusal({ what: `${showUrl(url)} is too large`, expected: `at most ${maxBytes} bytes` });
      }
    }
    const announced = headers.get('content-length');
    if (announced !== undefined && Number(announced) !== bytes) {
      throw new TransientError(refusal({ what: `${showUrl(url)} ended early` }));
    }
    const content = Buffer.concat(chunks);
    refuseWebPage(url, content, headers.get('content-type'));
    return { text: new TextDecoder().decode(content), headers: ownHeaders };
  }, options);
}
