// Files whose upload has begun, kept by the browser so that a reload can go on with them.

export interface PendingFile {
  /** The upload's Idempotency-Key. */
  readonly key: string;
  /** Whose upload it is: others who sign in on this browser must not send it. */
  readonly user: string;
  /** Name, size and time of the file: picking the same file again goes on with its upload. */
  readonly fingerprint: string;
  readonly name: string;
  readonly size: number;
  /** The file itself, where the browser agreed to keep it. */
  readonly file: File | null;
  readonly startedAt: number;
}

const STORE = "files";
/** Records of version 1 do not say whose they are. */
const VERSION = 2;
/** Browsers copy a kept file; larger ones are not worth that, and go on when they are picked again. */
const MOST_KEPT_BYTES = 1 << 30;

export function fingerprint(file: File): string {
  return `${file.name}\n${file.size}\n${file.lastModified}`;
}

export async function keep(file: File, key: string, user: string): Promise<void> {
  const record: PendingFile = {
    key,
    user,
    fingerprint: fingerprint(file),
    name: file.name,
    size: file.size,
    file: file.size <= MOST_KEPT_BYTES ? file : null,
    startedAt: Date.now(),
  };
  try {
    await run("readwrite", (store) => store.put(record));
  } catch {
    await run("readwrite", (store) => store.put({ ...record, file: null })).catch(() => undefined);
  }
}

export async function all(user: string): Promise<PendingFile[]> {
  const records = await run("readonly", (store) => store.getAll() as IDBRequest<PendingFile[]>).catch(() => []);
  return records.filter((record) => record.user === user);
}

export async function forget(key: string): Promise<void> {
  await run("readwrite", (store) => store.delete(key)).catch(() => undefined);
}

function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("descant", VERSION);
    opening.onupgradeneeded = () => {
      const database = opening.result;
      if (database.objectStoreNames.contains(STORE)) database.deleteObjectStore(STORE);
      database.createObjectStore(STORE, { keyPath: "key" });
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(STORE, mode);
      const result = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => {
        database.close();
        resolve(result.result);
      };
      transaction.onabort = transaction.onerror = () => {
        database.close();
        reject(transaction.error);
      };
    };
  });
}
