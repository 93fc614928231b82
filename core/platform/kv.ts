/**
 * Opening Deno KV: with retry when another process holds it, a check after a crash, and a damaged file replaced by a
 * new one with all its records that can be read.
 *
 * @module
 */
import { dirname, isAbsolute, resolve } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { ModelManagerError, throwIfAborted } from "../base/errors.ts";
import { redactText, redactUrl } from "../base/redact.ts";
import { fileFacts, makeDirectory } from "./directory.ts";
import { fileSystemError } from "./file_system_error.ts";
import { moveAside, salvage } from "./kv_salvage.ts";
import { beginSession, type StoreSession } from "./kv_sessions.ts";
import { withDeadlines } from "./remote_kv.ts";
import { explainStateFailure, OTHER_STATE_HINT } from "./state_failure.ts";

/** An open store; disposing it closes the database and notes a clean end. */
export interface KvStore extends AsyncDisposable {
  readonly kv: Deno.Kv;
  /** What was damaged and put right: said by the one process that has done it. */
  readonly warnings: readonly string[];
}

/** How a store is opened. */
export interface OpenStoreOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** What SQLite says of a file that is no database, or one whose pages are wrong. */
const DAMAGED = /file is not a database|malformed|file is encrypted|database corruption/i;
const LOCKED = /database is locked|database table is locked/i;
/** 5 · 2^n ms with jitter: together about ten seconds. */
const RETRY_ATTEMPTS = 12;
const RETRY_FIRST_MS = 5;
const RETRY_LAST_MS = 2_000;
/** The database itself waits for some seconds each time, when somebody keeps it locked for long. */
const RETRY_LIMIT_MS = 10_000;

/**
 * Runs an operation on the store again while another process holds the database. That is safe: an operation that
 * failed with `database is locked` has changed nothing.
 *
 * @throws {ModelManagerError} `LOCKED` when it stays locked, `INSUFFICIENT_SPACE` when the disk is full, `FAILED` when the
 * file is damaged; any other error as it is.
 */
export async function withKvRetry<T>(
  operation: () => Promise<T>,
  options: OpenStoreOptions = {},
): Promise<T> {
  const { clock = systemClock, signal } = options;
  const startMs = clock.monotonic();
  for (let attempt = 0;; attempt++) {
    throwIfAborted(signal);
    try {
      return await operation();
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      if (/database or disk is full/i.test(message)) throw fullError(error);
      if (DAMAGED.test(message)) throw damagedError(error);
      if (!LOCKED.test(message)) throw error;
      const isOver = attempt === RETRY_ATTEMPTS || clock.monotonic() - startMs >= RETRY_LIMIT_MS;
      if (isOver) throw lockedError(error);
      const delayMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** attempt);
      await clock.sleep(delayMs * (0.5 + clock.random()), { signal });
    }
  }
}

function fullError(cause: unknown): ModelManagerError {
  return new ModelManagerError("INSUFFICIENT_SPACE", "Cannot write the state: the disk is full", {
    hints: ["Look for space on the disk of the state: df -h", OTHER_STATE_HINT],
    cause,
  });
}

/** Whether damage was met while working: then the end is noted as a crash, so that the next one to come checks. */
let metDamage = false;

function damagedError(cause: unknown): ModelManagerError {
  metDamage = true;
  return new ModelManagerError("FAILED", "Cannot use the state: its file is damaged", {
    hints: ["Let the next command save what can be read: mm queue list"],
    cause,
  });
}

function lockedError(cause: unknown): ModelManagerError {
  return new ModelManagerError("LOCKED", "Cannot use the state: another process keeps it locked", {
    hints: ["Wait until the other mm has ended, then try again"],
    retryable: true,
    cause,
  });
}

/**
 * Opens the store at `location`: a file (its folder is made, mode 0700), `:memory:`, or the `http(s)` URL of a
 * Deno KV Connect server. One handle a process: two of them would lock each other out.
 *
 * A small file, and one whose last user crashed, is checked first, because a damaged page can end the whole process
 * later. A damaged file is moved aside and never deleted; what can be read of it is in the new one.
 *
 * @throws {ModelManagerError} When it cannot be opened; without `--unstable-kv` the hints say how to start.
 */
export async function openStore(location: string, options: OpenStoreOptions = {}): Promise<KvStore> {
  requireKv();
  if (location === ":memory:") return withoutSession(await Deno.openKv(location));
  if (/^https?:\/\//i.test(location)) return await openRemote(location, options);
  const path = isAbsolute(location) ? location : resolve(location);
  try {
    await makeDirectory(dirname(path), { mode: 0o700 });
    return await openFile(path, options);
  } catch (error) {
    throw explainStateFailure(error, path);
  }
}

/** Whether the process was started with Deno KV: `deno run jsr:…` needs a flag for it. */
export function isKvEnabled(): boolean {
  return typeof Deno.openKv === "function";
}

function requireKv(): void {
  if (isKvEnabled()) return;
  throw new ModelManagerError("FAILED", "Cannot open the state: this process was started without Deno KV", {
    hints: ["Start it with the flag: deno run -A --unstable-kv jsr:@model-manager/mm …"],
  });
}

function withoutSession(kv: Deno.Kv): KvStore {
  return {
    kv,
    warnings: [],
    [Symbol.asyncDispose]: once(() => Promise.resolve(kv.close())),
  };
}

/** Disposing twice is no mistake; who comes second waits for the first. */
function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => closing ??= close();
}

/**
 * Makes sure that a text is the address of a Deno KV Connect server: anything else would become a file of that name.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` when it is none.
 */
export function requireStoreUrl(text: string): void {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return;
  throw new ModelManagerError(
    "CONFIG_INVALID",
    `MM_KV_URL is "${redactText(text)}": wanted an address with http or https`,
    {
      hints: [
        "Name a Deno KV Connect server: export MM_KV_URL=https://host",
        "Or keep the state on this machine: unset MM_KV_URL",
      ],
    },
  );
}

/** A server that lives answers sooner; the runtime itself would wait without end. */
const REMOTE_OPEN_MS = 4_000;

async function openRemote(url: string, options: OpenStoreOptions): Promise<KvStore> {
  const { clock = systemClock } = options;
  const opened = new AbortController();
  const opening = Deno.openKv(url);
  const late = clock.sleep(REMOTE_OPEN_MS, { signal: opened.signal }).then(() => {
    // Too late is too late, but not to be left open.
    opening.then((kv) => kv.close(), () => {});
    throw new Error(`It does not answer within ${REMOTE_OPEN_MS / 1000} s`);
  });
  late.catch(() => {});
  try {
    const kv = await Promise.race([opening, late]);
    return withoutSession(withDeadlines(kv, { clock, place: redactUrl(url) }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const token = /DENO_KV_ACCESS_TOKEN|responded with status 40[13]\b/.test(message);
    throw new ModelManagerError(
      token ? "AUTHENTICATION_ERROR" : "NETWORK_ERROR",
      `Cannot open the state on "${redactUrl(url)}"`,
      {
        hints: token
          ? ["Give the server's access token: export DENO_KV_ACCESS_TOKEN=…"]
          : ["Keep the state on this machine: unset MM_KV_URL"],
        cause: error,
      },
    );
  } finally {
    opened.abort();
  }
}

async function openFile(path: string, options: OpenStoreOptions): Promise<KvStore> {
  const { clock = systemClock, signal } = options;
  const warnings: string[] = [];
  // The second time only after the first has found, on opening, damage that no crash had announced.
  for (let distrusted = false;; distrusted = true) {
    const session = await beginSession(path, {
      clock,
      signal,
      async whileAlone({ unclean }) {
        metDamage = false;
        const damage = distrusted || unclean || !await beginsWell(path)
          ? await withKvRetry(() => findDamage(path), options)
          : await lookThrough(path);
        if (damage !== undefined) await moveAside(path, clock);
        const saved = await salvage(path, {
          clock,
          open: () => openPrivate(path, options),
          retry: (operation) => withKvRetry(operation, options),
        });
        if (saved !== undefined) warnings.push(saved);
      },
    });
    try {
      const kv = await openPrivate(path, options);
      return { kv, warnings, [Symbol.asyncDispose]: once(() => close(kv, session)) };
    } catch (error) {
      await session[Symbol.asyncDispose]();
      const damaged = error instanceof Error && DAMAGED.test(`${error.message} ${error.cause}`);
      if (!damaged || distrusted) throw openError(error, path);
    }
  }
}

/**
 * Opens the database and looks into it once: that waits for as long as another program keeps it locked, in real time,
 * and nothing can stop it.
 */
async function openInTime(path: string): Promise<Deno.Kv> {
  const opened = new AbortController();
  const opening = Deno.openKv(path).then(async (kv) => {
    await kv.get(["opened"]).catch((error) => {
      kv.close();
      throw error;
    });
    return kv;
  });
  const late = systemClock.sleep(RETRY_LIMIT_MS, { signal: opened.signal }).then(() => {
    opening.then((kv) => kv.close(), () => {});
    throw lockedError(new Error(`It does not open within ${RETRY_LIMIT_MS / 1000} s`));
  });
  late.catch(() => {});
  try {
    return await Promise.race([opening, late]);
  } finally {
    opened.abort();
  }
}

/** A new database gets its file first: SQLite would let everybody read it. */
async function openPrivate(path: string, options: OpenStoreOptions): Promise<Deno.Kv> {
  const file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
  file.close();
  return await withKvRetry(() => openInTime(path), options);
}

async function close(kv: Deno.Kv, session: StoreSession): Promise<void> {
  try {
    kv.close();
  } finally {
    if (metDamage) session.abandon();
    else await session[Symbol.asyncDispose]();
  }
}

function openError(error: unknown, path: string): ModelManagerError {
  const message = error instanceof Error ? error.message : "";
  const permission = /readonly database|unable to open database|access permission denied/i.test(message);
  if (!permission) return fileSystemError(error, "open the state", path);
  return new ModelManagerError("PERMISSION_ERROR", `Cannot open the state "${path}": permission denied`, {
    hints: [
      `Check who owns it: ls -la "${dirname(path)}"`,
      OTHER_STATE_HINT,
    ],
    cause: error,
  });
}

/** A cheap look: a new file, or one that begins as every database does. */
async function beginsWell(path: string): Promise<boolean> {
  const facts = await fileFacts(path);
  if (facts === undefined || facts.sizeBytes === 0) return true;
  using file = await Deno.open(path, { read: true });
  const header = new Uint8Array(16);
  await file.read(header);
  return new TextDecoder().decode(header) === "SQLite format 3\0";
}

/** So much is looked through at each opening: that takes a few milliseconds. */
const MAX_QUICK_LOOK_BYTES = 1024 * 1024;

/** What is wrong with a small file that nobody has complained of: a disk damages files without a crash, too. */
async function lookThrough(path: string): Promise<string | undefined> {
  const facts = await fileFacts(path);
  if (facts === undefined || facts.sizeBytes > MAX_QUICK_LOOK_BYTES) return undefined;
  try {
    return await findDamage(path);
  } catch {
    // Locked, or not to be read this way: who opens it will see.
    return undefined;
  }
}

/**
 * What `PRAGMA quick_check` has to say against the file; `undefined` when it is sound or not there.
 *
 * @throws {ModelManagerError} When it cannot be read.
 */
export async function findDamage(path: string): Promise<string | undefined> {
  const facts = await fileFacts(path);
  if (facts === undefined || facts.sizeBytes === 0) return undefined;
  // Loaded here only: most starts need no check.
  const { DatabaseSync } = await import("node:sqlite");
  try {
    const database = new DatabaseSync(path);
    try {
      const row = database.prepare("PRAGMA quick_check(1)").get();
      const result = String(Object.values(row ?? {})[0] ?? "ok");
      return result === "ok" ? undefined : result;
    } finally {
      database.close();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (DAMAGED.test(message)) return message;
    if (LOCKED.test(message)) throw error;
    throw openError(error, path);
  }
}
