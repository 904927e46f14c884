// Servers that cannot give a file often give a page that says why, with status 200.

import { refusal, showUrl } from './failure.js';

/** Where a page's title stands, if it has one. */
export const pageHeadBytes = 4096;

/** Throws a `file` error, with the page's title, when a file's first bytes are those of a web page. */
export function refuseWebPage(url: URL, head: Uint8Array, contentType = ''): void {
  const text = new TextDecoder().decode(head).trimStart();
  const isPage =
    /^(<!doctype html|<html|<head|<body|<\?xml)/i.test(text) || /^text\/html\b/i.test(contentType);
  if (!isPage) return;
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.replace(/\s+/g, ' ').trim();
  throw refusal({
    what: `${showUrl(url)} gave a web page in place of the file`,
    ...(title && { got: JSON.stringify(title) }),
    hint: 'Open the address in a browser: the page says why. The link may need a login, or be for a viewer.',
  });
}
