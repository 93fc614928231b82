/**
 * Reading Deno KV's database without Deno KV: for who wants a quick look, and must neither wait for another process, nor
 * write, nor need the flag that Deno KV needs.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { fileFacts } from "./directory.ts";
import { decodeKvKey, decodeKvValue } from "./kv_encoding.ts";

/** Which records. */
export interface KvRange {
  /** The first parts of the key; texts only. */
  readonly prefix: readonly string[];
  /** The last ones first. @default {false} */
  readonly reverse?: boolean;
  /** @default {1000} */
  readonly limit?: number;
}

/** A record. */
export interface ReadRecord {
  readonly key: Deno.KvKey;
  readonly value: unknown;
}

/** The database, open. */
export interface KvReader extends Disposable {
  /**
   * The records below a prefix, one after the other; those that cannot be read, or are over, are left out.
   *
   * @throws When the database is damaged or locked.
   */
  records(range: KvRange): Generator<ReadRecord, void, undefined>;
}

const TEXT = 0x02;
const encoder = new TextEncoder();

/** A text as a part of a key: a zero inside is followed by 255, and one stands at the end. */
function encodePart(text: string): readonly number[] {
  const bytes = [...encoder.encode(text)].flatMap((byte) => byte === 0 ? [0, 0xff] : [byte]);
  return [TEXT, ...bytes, 0];
}

/** Opens nothing that is not there. */
const NO_RECORDS: KvReader = {
  *records() {},
  [Symbol.dispose]() {},
};

/**
 * Opens the database at `path` for reading; one that is not there has no records.
 *
 * @throws When it cannot be opened.
 */
export async function openKvReader(path: string): Promise<KvReader> {
  const facts = await fileFacts(path);
  if (facts === undefined || facts.sizeBytes === 0) return NO_RECORDS;
  const { DatabaseSync } = await import("node:sqlite");
  const url = pathToFileURL(path);
  // Nobody writes just now: then SQLite need not make files beside the database to find out who does.
  if (await fileFacts(`${path}-wal`) === undefined) url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true });
  // Else it would wait for some seconds for who keeps it locked.
  database.exec("PRAGMA busy_timeout = 0");
  return {
    *records({ prefix, reverse = false, limit = 1000 }) {
      const first = Uint8Array.from(prefix.flatMap(encodePart));
      // No part of a key begins with 255.
      const end = Uint8Array.from([...first, 0xff]);
      const rows = database.prepare(
        "SELECT k, v, v_encoding FROM kv WHERE k > ? AND k < ? AND (expiration_ms IS NULL OR expiration_ms <= 0 OR expiration_ms > ?) " +
          `ORDER BY k ${reverse ? "DESC" : "ASC"} LIMIT ?`,
      ).iterate(first, end, Date.now(), limit);
      for (const { k, v, v_encoding } of rows) {
        if (!(k instanceof Uint8Array) || !(v instanceof Uint8Array)) continue;
        const key = decodeKvKey(k);
        const read = decodeKvValue(v, typeof v_encoding === "bigint" ? Number(v_encoding) : v_encoding);
        if (key !== undefined && read !== undefined) yield { key, value: read.value };
      }
    },
    [Symbol.dispose]: () => database.close(),
  };
}
