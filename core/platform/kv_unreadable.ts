/**
 * Reading around damage: one value that cannot be decoded makes Deno KV refuse every list that it is in, without saying
 * which one it is.
 *
 * @module
 */

/** What is below a prefix. */
export interface KvContents {
  readonly entries: readonly Deno.KvEntry<unknown>[];
  /** Last parts of the keys whose values cannot be decoded. */
  readonly unreadable: readonly string[];
}

/** Whether a value could not be decoded; everything else that goes wrong is no damage of one value. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error &&
    /could not deserialize|unable to deserialize|invalid value/i.test(error.message);
}

const BATCH = 500;
/** Behind every text that a key of ours may end with. */
const LAST = "\u{10ffff}";
/** Keys of ours are short and plain; what is not is not looked for. */
const MAX_KEY_LENGTH = 64;
const LAST_CODE = 127;

/** Everything with one more text in its key than the prefix has, in the order of the keys. */
export async function readAllBelow(kv: Deno.Kv, prefix: Deno.KvKey): Promise<KvContents> {
  try {
    const entries = await Array.fromAsync(kv.list<unknown>({ prefix }, { batchSize: BATCH }));
    return { entries, unreadable: [] };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return await readAround(kv, prefix);
  }
}

async function readAround(kv: Deno.Kv, prefix: Deno.KvKey): Promise<KvContents> {
  const entries: Deno.KvEntry<unknown>[] = [];
  const unreadable: string[] = [];
  let from = "";
  while (true) {
    const selector = { start: [...prefix, from], end: [...prefix, LAST] };
    try {
      for await (const entry of kv.list<unknown>(selector, { batchSize: 1 })) {
        entries.push(entry);
        from = `${String(entry.key.at(-1))}\0`;
      }
      return { entries, unreadable };
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const name = await firstUnreadable(kv, prefix, from);
      if (name === undefined) throw error;
      unreadable.push(name);
      from = `${name}\0`;
    }
  }
}

/** The name of the next entry, letter by letter: a list that ends before it succeeds, one that reaches it does not. */
async function firstUnreadable(kv: Deno.Kv, prefix: Deno.KvKey, from: string): Promise<string | undefined> {
  const isBefore = async (end: string): Promise<boolean> => {
    if (end <= from) return false;
    const selector = { start: [...prefix, from], end: [...prefix, end] };
    return await fails(() => Array.fromAsync(kv.list(selector, { limit: 1, batchSize: 1 })));
  };
  for (let name = ""; name.length <= MAX_KEY_LENGTH;) {
    if (name !== "" && name >= from && await fails(() => kv.get([...prefix, name]))) return name;
    let [low, high] = [0, LAST_CODE];
    if (!await isBefore(name + String.fromCharCode(high + 1))) return undefined;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (await isBefore(name + String.fromCharCode(middle + 1))) high = middle;
      else low = middle + 1;
    }
    name += String.fromCharCode(low);
  }
  return undefined;
}

async function fails(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read();
    return false;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return true;
  }
}
