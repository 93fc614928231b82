/**
 * Which kinds of records a store holds, and in which versions; a look at the first of each kind.
 *
 * @module
 */

/** A kind of records. */
export interface RecordKind {
  /** First part of their keys. */
  readonly kind: string;
  /** Highest version of its first and last records; `undefined` when they carry none. */
  readonly version: number | undefined;
}

/** More kinds than this are not looked for. */
const MAX_KINDS = 50;

function versionOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || !("v" in value)) return undefined;
  return typeof value.v === "number" ? value.v : undefined;
}

/** Every kind, however many records there are of it. */
export async function recordKinds(kv: Pick<Deno.Kv, "list">): Promise<RecordKind[]> {
  const kinds: RecordKind[] = [];
  for (let start: Deno.KvKey = [""]; kinds.length < MAX_KINDS;) {
    const first = await firstOf(kv.list({ start, end: [true] }, { limit: 1 }));
    const kind = first?.key[0];
    if (first === undefined || typeof kind !== "string") break;
    const last = await firstOf(kv.list({ prefix: [kind] }, { limit: 1, reverse: true }));
    const versions = [first.value, last?.value].map(versionOf).filter((version) => version !== undefined);
    kinds.push({ kind, version: versions.length === 0 ? undefined : Math.max(...versions) });
    start = [`${kind}\0`];
  }
  return kinds;
}

async function firstOf<T>(entries: AsyncIterable<T>): Promise<T | undefined> {
  for await (const entry of entries) return entry;
  return undefined;
}
