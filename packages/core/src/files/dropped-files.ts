/**
 * The files that were dropped on a page, and those directly in the folders that were: a model directory is
 * flat. Call it while the drop event is being handled, before anything is awaited.
 */
export async function droppedFiles({ items }: Pick<DataTransfer, 'items'>): Promise<File[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files = await Promise.all(
    entries.map(async (entry) =>
      isFolder(entry) ? Promise.all((await filesIn(entry)).map(fileOf)) : [await fileOf(entry)],
    ),
  );
  return files.flat();
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives some at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return entries;
    entries.push(...some.filter((entry) => entry.isFile));
  }
}

function fileOf(entry: FileSystemEntry): Promise<File> {
  return new Promise((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
