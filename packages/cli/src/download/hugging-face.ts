// Hugging Face's addresses and what its answers say: https://huggingface.co/docs/hub/api and the headers
// that huggingface_hub reads.

import { AudiozooError } from '@audiozoo/core';
import type { ExpectedFile } from './download-file.js';
import { StatusError } from './failure.js';
import { isInTheOpen } from './redirect.js';

export interface HuggingFaceHub {
  readonly endpoint: URL;
  /** Sent to the endpoint. */
  readonly authorization: string | undefined;
}

/** The hub that the environment names: `HF_ENDPOINT` and `HF_TOKEN`. */
export function huggingFaceHub(environment: NodeJS.ProcessEnv): HuggingFaceHub {
  const address = environment.HF_ENDPOINT || 'https://huggingface.co';
  const endpoint = URL.canParse(address) ? new URL(`${address.replace(/\/+$/, '')}/`) : undefined;
  if (!endpoint || !/^https?:$/.test(endpoint.protocol)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'HF_ENDPOINT is no address',
      expected: 'one such as https://huggingface.co',
      got: JSON.stringify(address),
    });
  }
  const token = environment.HF_TOKEN?.trim();
  if (token && isInTheOpen(endpoint)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'HF_TOKEN would be sent unencrypted',
      expected: 'an HF_ENDPOINT that begins with https',
      got: endpoint.origin,
      hint: 'Unset HF_TOKEN, or choose another endpoint.',
    });
  }
  return { endpoint, authorization: token ? `Bearer ${token}` : undefined };
}

/** `repository` is `owner/name`, `revision` a branch, tag or commit. */
export function fileUrl(
  { endpoint }: HuggingFaceHub,
  repository: string,
  revision: string,
  name: string,
): URL {
  return new URL(`${repository}/resolve/${encodeURIComponent(revision)}/${name}`, endpoint);
}

/** The commit that an answer is of, so that all files come from one. */
export function commitOf(headers: ReadonlyMap<string, string>): string | undefined {
  const commit = headers.get('x-repo-commit');
  return commit && /^[0-9a-f]{40}$/.test(commit) ? commit : undefined;
}

/** Size and SHA-256 of a large file, which the hub tells before it redirects to where the file is. */
export function promisedFile(headers: ReadonlyMap<string, string>): ExpectedFile {
  const size = headers.get('x-linked-size');
  const sha256 = headers.get('x-linked-etag')?.replaceAll('"', '');
  return {
    ...(size && /^\d{1,15}$/.test(size) && { bytes: Number(size) }),
    ...(sha256 && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
  };
}

export function isNotThere(error: unknown): boolean {
  return error instanceof StatusError && error.status === 404;
}

/** What an answer without a repository's first file means. */
export function explainRefusal(error: unknown, repository: string, revision: string): unknown {
  if (!(error instanceof StatusError)) return error;
  const { status } = error;
  if (![401, 403, 404].includes(status)) return error;
  return new StatusError(status, {
    what: `${repository} at ${revision} is not to be had from Hugging Face`,
    expected: 'a repository with config.json that everybody may read, or your HF_TOKEN',
    got: `status ${status}`,
    hint: 'Check the name and --revision. For a private or gated repository set HF_TOKEN, and accept its terms on its page.',
    cause: error,
  });
}
