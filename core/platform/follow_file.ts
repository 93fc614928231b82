/**
 * The end of a file of lines that is put aside from time to time, and what comes after it.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { fileSystemError, isNotFound } from "./file_system_error.ts";

/** What is read of a file. */
export interface TailOptions {
  /** How many lines at the end. */
  readonly lines: number;
  /** Lines that count. @default all that are not empty */
  readonly accept?: (line: string) => boolean;
  /** Go on with what is written later. @default {false} */
  readonly follow?: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

const LOOK_MS = 200;
const READ_BYTES = 256 * 1024;
/** `NAME.1` is the newest of those that were put aside. */
const MAX_ASIDE = 99;

/** Reads an open file to where it ends just now; keeps half a line for later. */
class LineReader {
  readonly #file: Deno.FsFile;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async read(): Promise<string[]> {
    const buffer = new Uint8Array(READ_BYTES);
    const lines: string[] = [];
    for (let count = await this.#file.read(buffer); count !== null; count = await this.#file.read(buffer)) {
      const parts = (this.#rest + this.#decoder.decode(buffer.subarray(0, count), { stream: true })).split(
        "\n",
      );
      this.#rest = parts.pop() ?? "";
      for (const part of parts) lines.push(part);
    }
    return lines;
  }

  /** Whether the name still means this file. */
  async isAt(path: string): Promise<boolean> {
    try {
      const [byName, own] = await Promise.all([Deno.stat(path), this.#file.stat()]);
      // Emptied in place is as good as another file. Windows has no numbers of files.
      if (byName.size < await this.#file.seek(0, Deno.SeekMode.Current)) return false;
      return byName.ino === own.ino && byName.dev === own.dev;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  close(): void {
    this.#file.close();
  }
}

async function open(path: string): Promise<LineReader | undefined> {
  try {
    return new LineReader(await Deno.open(path, { read: true }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw fileSystemError(error, "read", path);
  }
}

async function readWhole(path: string): Promise<string[] | undefined> {
  const reader = await open(path);
  if (reader === undefined) return undefined;
  try {
    return await reader.read();
  } finally {
    reader.close();
  }
}

/** @returns whether to go on. */
async function hasSlept(clock: Clock, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await clock.sleep(LOOK_MS, { signal });
    return true;
  } catch {
    return false;
  }
}

/**
 * The last lines, oldest first, also of files that were put aside; then, if that is wanted, each line that is written
 * until the signal is aborted.
 *
 * @throws {ModelManagerError} When a file may not be read.
 */
export async function* tailLines(
  path: string,
  options: TailOptions,
): AsyncGenerator<string, void, undefined> {
  const { lines: count, accept = () => true, follow = false, clock, signal } = options;
  const wanted = (line: string): boolean => line !== "" && accept(line);
  let reader = await open(path);
  try {
    let last = (await reader?.read() ?? []).filter(wanted);
    for (let number = 1; last.length < count && number <= MAX_ASIDE; number++) {
      const older = await readWhole(`${path}.${number}`);
      if (older === undefined) break;
      last = [...older.filter(wanted), ...last];
    }
    if (count > 0) yield* last.slice(-count);
    while (follow && await hasSlept(clock, signal)) {
      // Asked first: what was written before it was put aside is read from it to its end.
      const isSame = await reader?.isAt(path) ?? false;
      for (const line of await reader?.read() ?? []) if (wanted(line)) yield line;
      if (isSame) continue;
      reader?.close();
      reader = await open(path);
      for (const line of await reader?.read() ?? []) if (wanted(line)) yield line;
    }
  } finally {
    reader?.close();
  }
}
