// Servers that cannot give a file often give a page that says why, with status 200.

import { refusal, showUrl } from './failure.js';

/** Where a page's title stands, if it has one. */
export const pageHeadBytes = 4096;

export function isHtml(contentType: string | null): boolean {
  return /^\s*text\/html\b/i.test(contentType ?? '');
}

/** Whether a file's first bytes are those of a web page. */
export function isWebPage(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head).trimStart();
  return /^(<!doctype html|<html|<head|<body|<\?xml)/i.test(text);
}

/** Throws a `file` error, with the page's title or beginning, when a file's first bytes are those of a web page. */
export function refuseWebPage(url: URL, head: Uint8Array, contentType: string | null = null): void {
  if (!isWebPage(head) && !isHtml(contentType)) return;
  const text = new TextDecoder().decode(head.subarray(0, pageHeadBytes)).trim();
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.replace(/\s+/g, ' ').trim();
  throw refusal({
    what: `${showUrl(url)} is a web page, not the file`,
    got: JSON.stringify(title || text.slice(0, 40)),
    hint: 'Open the address in a browser: the page says why. The link may need a login, or be for a viewer; servers of single-page applications answer so for files that they do not have.',
  });
}
