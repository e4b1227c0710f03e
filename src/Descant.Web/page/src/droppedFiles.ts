// What was dropped on the page, as files: a folder stands for what lies in it.

/** The files of a drop; of those in folders, the ones that are `wanted`. Call it while the drop is handled: afterwards the browser forgets what was dropped. */
export async function droppedFiles(transfer: DataTransfer, wanted: (file: File) => boolean): Promise<File[]> {
  const dropped = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const files: File[] = [];
  for (const { entry, file } of dropped) {
    if (entry?.isDirectory) files.push(...(await filesIn(entry as FileSystemDirectoryEntry)).filter(wanted));
    else if (file !== null) files.push(file);
  }
  return files;
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<File[]> {
  const reader = folder.createReader();
  const files: File[] = [];
  for (;;) {
    // Some browsers tell a hundred at once: the end is where none come any more.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return files;
    for (const entry of entries) {
      if (entry.isDirectory) files.push(...(await filesIn(entry as FileSystemDirectoryEntry)));
      else files.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    }
  }
}
