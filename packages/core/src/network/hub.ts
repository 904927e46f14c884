// Hugging Face's addresses and what its answers say: https://huggingface.co/docs/hub/api and the headers
// that huggingface_hub reads.

import { AudiozooError } from '../errors.js';
import { StatusError } from './failure.js';
import { isInTheOpen } from './redirect.js';
import { type ExpectedFile, readSize } from './version.js';

export interface HuggingFaceHub {
  readonly endpoint: URL;
  /** Sent to the endpoint. */
  readonly authorization: string | undefined;
}

const publicHub = 'https://huggingface.co';

/** The hub at an address, huggingface.co without one, for the owner of a token, or for anybody. */
export function huggingFaceHub(address = publicHub, token = ''): HuggingFaceHub {
  const endpoint = URL.canParse(address) ? new URL(`${address.replace(/\/+$/, '')}/`) : undefined;
  if (!endpoint || !/^https?:$/.test(endpoint.protocol)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'HF_ENDPOINT is no address',
      expected: `one such as ${publicHub}`,
      got: JSON.stringify(address),
    });
  }
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

/** A repository as people name it. */
export interface RepositoryName {
  /** `owner/name` */
  readonly repository: string;
  /** A branch, tag or commit. */
  readonly revision?: string | undefined;
}

/** `owner/name` or `owner/name@revision`; undefined when it is neither. */
export function readRepositoryName(text: string): RepositoryName | undefined {
  const [, repository, revision] = /^([\w.-]{1,96}\/[\w.-]{1,96})(?:@([\w./-]{1,200}))?$/.exec(text) ?? [];
  if (repository === undefined) return undefined;
  // As parts of paths they would lead elsewhere.
  if ([repository, revision ?? ''].some((name) => /(^|\/)\.+($|\/)/.test(name))) return undefined;
  return { repository, revision };
}

/** Where the files of a repository are, at a revision; their names follow. */
export function repositoryUrl({ endpoint }: HuggingFaceHub, repository: string, revision: string): URL {
  return new URL(`${repository}/resolve/${encodeURIComponent(revision)}/`, endpoint);
}

/** The commit that an answer is of, so that all files come from one. */
export function commitOf(headers: Headers): string | undefined {
  const commit = headers.get('x-repo-commit');
  return isCommit(commit) ? commit : undefined;
}

export function isCommit(text: string | null | undefined): text is string {
  return /^[0-9a-f]{40}$/.test(text ?? '');
}

/** Size and SHA-256 of a large file, which the hub tells before it redirects to where the file is. */
export function promisedFile(headers: Headers): ExpectedFile {
  const sha256 = headers.get('x-linked-etag')?.replaceAll('"', '');
  return {
    bytes: readSize(headers.get('x-linked-size')),
    sha256: sha256 && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined,
  };
}

/** What an answer without a repository's first file means. */
export function notOnHub(status: number, repository: string, revision: string, cause?: unknown): StatusError {
  return new StatusError(status, {
    what: `${repository} at ${revision} is not to be had from Hugging Face`,
    expected: 'a repository with config.json that everybody may read, or your HF_TOKEN',
    got: `status ${status}`,
    hint: 'Check the name and the revision. For a private or gated repository set HF_TOKEN, and accept its terms on its page.',
    cause,
  });
}
