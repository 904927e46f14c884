import { canDo } from '../checks/check-method.js';
import { describeValue } from '../checks/describe-value.js';
import { AudiozooError } from '../errors.js';

/** Throws an `argument` error unless it is where one file may be. */
export function checkFileLocation(location: unknown): void {
  const isFile = typeof location === 'string' || location instanceof URL || location instanceof Blob;
  if (!isFile) throw notLocation('a path, an address or a Blob', location);
}

/** Throws an `argument` error unless it is where files may be. */
export function checkFilesLocation(location: unknown): void {
  const isFolder =
    typeof location === 'string' || location instanceof URL || canDo(location, 'getFileHandle');
  if (!isFolder && !isFileList(location)) {
    throw notLocation("a folder's path, address or handle, or a list of Files", location);
  }
}

/** A FileList is one too. */
function isFileList(list: unknown): boolean {
  const isList = typeof list === 'object' && list !== null && Symbol.iterator in list;
  return isList && Array.from(list as Iterable<unknown>).every((file) => file instanceof Blob);
}

function notLocation(expected: string, got: unknown): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'there can be no file',
    expected,
    got: describeValue(got),
    ...(canDo(got, 'then') && { hint: 'Await it first.' }),
  });
}
