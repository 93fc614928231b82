/**
 * Saving what can be read of a damaged store into the new one that takes its place.
 *
 * The damaged file is moved aside first and never changed. A small file beside the store says from where records are
 * still to be saved: whoever is killed on the way leaves it, and the next one to have the store alone goes on. A record
 * that is in the new store already is not touched, so that doing it twice is doing it once.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { isModelManagerError } from "../base/errors.ts";
import { readTextFileIfExists, writeFileAtomic } from "./atomic_file.ts";
import { fileFacts, removeFile } from "./directory.ts";
import { fileSystemError } from "./file_system_error.ts";
import type { KvRecord } from "./kv_records.ts";

/** How a store is put right. */
export interface SalvageOptions {
  readonly clock: Clock;
  /** Opens the new store; it is closed when all is written. */
  readonly open: () => Promise<Deno.Kv>;
  /** Runs an operation on it, again while another process holds it. */
  readonly retry: <T>(operation: () => Promise<T>) => Promise<T>;
}

/** Others wait half a minute for the store. */
const MAX_SALVAGE_MS = 15_000;
/** Below what one commit of Deno KV may hold. */
const MAX_BATCH_RECORDS = 100;
const MAX_BATCH_BYTES = 300_000;
const MAX_BATCH_KEY_BYTES = 40_000;

/** Which file tells from where is still to be saved. */
function notePath(path: string): string {
  return `${path}.salvage`;
}

/** Moves a damaged store aside, with its write-ahead log, which may hold what is missing; the name tells when. */
export async function moveAside(path: string, clock: Clock): Promise<void> {
  const date = new Date(clock.now()).toISOString().replace(/[:.]/g, "-");
  const aside = `${path}.damaged-${date}`;
  await writeFileAtomic(notePath(path), basename(aside), { mode: 0o600 });
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      await Deno.rename(path + suffix, aside + suffix);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw fileSystemError(error, "move aside", path + suffix);
    }
  }
}

/**
 * Saves the records of a store that was moved aside, when one was and nobody has done it yet.
 *
 * @returns what to tell a person.
 * @throws {ModelManagerError} When the new store cannot be written; nothing is lost by that.
 */
export async function salvage(path: string, options: SalvageOptions): Promise<string | undefined> {
  const name = (await readTextFileIfExists(notePath(path)))?.trim();
  if (name === undefined) return undefined;
  const aside = join(dirname(path), basename(name));
  const wasMoved = name !== "" && await fileFacts(aside) !== undefined;
  const saved = wasMoved ? await saveRecords(aside, options) : undefined;
  await removeFile(notePath(path));
  if (saved === undefined) return undefined;
  if (saved === 0) {
    return `The state file was damaged, and no record could be saved from it: it is kept in "${aside}"`;
  }
  const records = saved === 1 ? "1 record was" : `${saved} records were`;
  return `The state file was damaged: ${records} saved, what could not be read is in "${aside}"`;
}

async function saveRecords(aside: string, options: SalvageOptions): Promise<number> {
  const { clock, open } = options;
  const endMs = clock.monotonic() + MAX_SALVAGE_MS;
  // Loaded only now: nearly every store is sound.
  const [{ readableRecords }, { openPages }] = await Promise.all([
    import("./kv_records.ts"),
    import("./sqlite_pages.ts"),
  ]);
  const kv = await open();
  let saved = 0;
  try {
    using pages = openPages(aside);
    for (const batch of batches(readableRecords(pages, { hasTime: () => clock.monotonic() < endMs }))) {
      saved += await write(kv, batch, options);
    }
  } catch (error) {
    // What is wrong with the new store is said; the old one gives what it gives.
    if (isModelManagerError(error)) throw error;
  } finally {
    kv.close();
  }
  return saved;
}

function* batches(records: Iterable<KvRecord>): Generator<readonly KvRecord[]> {
  let batch: KvRecord[] = [];
  let sizeBytes = 0;
  let keyBytes = 0;
  for (const record of records) {
    batch.push(record);
    sizeBytes += record.sizeBytes;
    keyBytes += record.keyBytes;
    if (batch.length < MAX_BATCH_RECORDS && sizeBytes < MAX_BATCH_BYTES && keyBytes < MAX_BATCH_KEY_BYTES) {
      continue;
    }
    yield batch;
    batch = [];
    sizeBytes = keyBytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Sets what is not there yet; gives how many of the records are there then. */
async function write(kv: Deno.Kv, batch: readonly KvRecord[], options: SalvageOptions): Promise<number> {
  const { clock, retry } = options;
  const now = clock.now();
  const records = batch.filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > now);
  if (records.length === 0) return 0;
  const operation = kv.atomic();
  for (const { key, value, expiresAtMs } of records) {
    operation.check({ key, versionstamp: null });
    operation.set(key, value, expiresAtMs === undefined ? {} : { expireIn: expiresAtMs - now });
  }
  try {
    const { ok } = await retry(() => operation.commit());
    if (ok) return records.length;
  } catch (error) {
    if (records.length === 1 || isModelManagerError(error)) throw error;
    // One that the store does not take is not to cost the others.
  }
  if (records.length === 1) return 1;
  let written = 0;
  for (const record of records) {
    try {
      written += await write(kv, [record], options);
    } catch (error) {
      if (isModelManagerError(error)) throw error;
    }
  }
  return written;
}
