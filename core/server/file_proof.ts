/**
 * Whether files are still what is known of them: a server must never give away other bytes under an old name.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Digest, DigestAlgorithm } from "../base/digest.ts";
import { type OpenFileFacts, outgoingFileFacts } from "../platform/file_stream.ts";
import { Refusal } from "./reply.ts";

/** When a file was proved, and which time it had then. */
export interface EarlierProof {
  /** When its content was last changed as far as it said itself, in milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** When it was proved, in milliseconds since 1970. */
  readonly provedAtMs: number;
}

/** A file, and what it has to be. */
export interface KnownContent {
  /** Absolute. */
  readonly path: string;
  /** How people know it. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** What is known of an earlier proof; without it the bytes have to be proved before they are given away. */
  readonly proof: EarlierProof | undefined;
  /** Whether it is known to be wrong. */
  readonly damaged?: boolean | undefined;
}

/** How proofs are made. */
export interface FileProofsOptions {
  /** Works out a file's digest in hexadecimal. */
  readonly hashFile: (path: string, algorithm: DigestAlgorithm) => Promise<string>;
  readonly clock: Clock;
  /** Told what a person should know. */
  readonly onNotice?: (message: string) => void;
}

interface Proof {
  /** Which file was hashed, as it was, and what was wanted. */
  readonly key: string;
  readonly result: Promise<"ok" | "wrong">;
  state: "pending" | "ok" | "wrong";
}

/** What the time of the last change of any kind is cut down to. */
const TICK_MS = 1000;
/** The system's clock for files is a little late. */
const TICK_MARGIN_MS = 20;

/** Kept while the server runs; more files than this are hashed again when they are asked for again. */
const MAX_PROOFS = 10_000;

function gone(name: string, what: string, headers: Record<string, string> = {}): Refusal {
  return new Refusal(410, `The file "${name}" ${what}`, { headers });
}

/** Hashes what looks changed, one after another, and remembers what came out while the file stays as it is. */
export class FileProofs {
  readonly #options: FileProofsOptions;
  readonly #proofs = new Map<string, Proof>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: FileProofsOptions) {
    this.#options = options;
  }

  /**
   * Why a file cannot be given away, 410; `undefined` when it can. One that may have been changed is hashed in the
   * background: when it still is what it was, it can be had after that.
   *
   * @param options.waitMs How long to wait for the hash. @default {0}
   */
  async check(file: KnownContent, options: { readonly waitMs?: number } = {}): Promise<Refusal | undefined> {
    const refusal = await this.#look(file, (facts) => this.checkFacts(file, facts));
    const { waitMs = 0 } = options;
    const proof = this.#proofs.get(file.path);
    if (refusal === undefined || waitMs === 0 || proof?.state !== "pending") return refusal;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, waitMs));
    await Promise.race([proof.result.catch(() => {}), late]);
    clearTimeout(timer);
    return await this.#look(file, (facts) => this.checkFacts(file, facts));
  }

  /** The same, but what has yet to be hashed is taken for what it has to be, and is not hashed. */
  async checkBriefly(file: KnownContent): Promise<Refusal | undefined> {
    return await this.#look(
      file,
      (facts) => plainlyWrong(file, facts) ?? this.#wrong(file, keyOf(file, facts)),
    );
  }

  async #look(
    file: KnownContent,
    judge: (facts: OpenFileFacts) => Refusal | undefined,
  ): Promise<Refusal | undefined> {
    const facts = await outgoingFileFacts(file.path).catch(() => undefined);
    return facts === undefined ? gone(file.name, "is not on this server's disk any more") : judge(facts);
  }

  /** Why a file cannot be given away, as far as that is known without looking at it. */
  known(file: KnownContent): Refusal | undefined {
    return this.#wrong(file, this.#proofs.get(file.path)?.key);
  }

  #wrong(file: KnownContent, key: string | undefined): Refusal | undefined {
    const proof = this.#proofs.get(file.path);
    return proof?.key === key && proof?.state === "wrong" ? changed(file.name) : undefined;
  }

  /** The same for facts that are known: of the very file that is open. */
  checkFacts(file: KnownContent, facts: OpenFileFacts): Refusal | undefined {
    const refusal = plainlyWrong(file, facts);
    if (refusal !== undefined || isUntouched(file, facts)) return refusal;
    const key = keyOf(file, facts);
    let proof = this.#proofs.get(file.path);
    if (proof?.key !== key) proof = this.#prove(file, key);
    switch (proof.state) {
      case "ok":
        return undefined;
      case "wrong":
        return changed(file.name);
      case "pending":
        return gone(file.name, "is being verified", { "retry-after": "5" });
    }
  }

  #prove(file: KnownContent, key: string): Proof {
    const result = this.#queue.then(() => this.#hash(file, key));
    const proof: Proof = { key, result, state: "pending" };
    this.#queue = result.then((state) => {
      proof.state = state;
      if (state === "wrong") {
        this.#options.onNotice?.(`"${file.path}" is not what was downloaded any more: it is not served`);
      }
    }, () => {
      // What could not be read is tried again when it is asked for again.
      if (this.#proofs.get(file.path) === proof) this.#proofs.delete(file.path);
    });
    this.#proofs.delete(file.path);
    this.#proofs.set(file.path, proof);
    for (const path of this.#proofs.keys()) {
      if (this.#proofs.size <= MAX_PROOFS) break;
      this.#proofs.delete(path);
    }
    return proof;
  }

  async #hash(file: KnownContent, key: string): Promise<"ok" | "wrong"> {
    await this.#settle(file.path);
    const hex = await this.#options.hashFile(file.path, file.digest.algorithm);
    if (hex !== file.digest.hex) return "wrong";
    const facts = await outgoingFileFacts(file.path);
    if (facts !== undefined && keyOf(file, facts) === key) return "ok";
    throw new Error(`"${file.path}" was changed while it was hashed`);
  }

  /** A change that comes after the hash has begun must not have the same time as the one before it. */
  async #settle(path: string): Promise<void> {
    const changedAtMs = (await outgoingFileFacts(path))?.changedAtMs ?? 0;
    const { clock } = this.#options;
    const waitMs = changedAtMs + TICK_MS + TICK_MARGIN_MS - clock.now();
    if (waitMs > 0) await clock.sleep(Math.min(waitMs, TICK_MS + TICK_MARGIN_MS));
  }
}

function changed(name: string): Refusal {
  return gone(name, "was changed on this server's disk");
}

function plainlyWrong({ name, damaged, sizeBytes }: KnownContent, facts: OpenFileFacts): Refusal | undefined {
  if (damaged === true) return gone(name, "is damaged");
  return facts.isFile && facts.sizeBytes === sizeBytes ? undefined : changed(name);
}

/**
 * Whether it still is the file that was proved. Its own time alone does not tell: programs that copy, and people, set it
 * to what they like. The time of the last change of any kind does; a link leads to whatever there is.
 */
function isUntouched({ proof }: KnownContent, facts: OpenFileFacts): boolean {
  const { modifiedAtMs, changedAtMs, isOwnName } = facts;
  return proof !== undefined && isOwnName && modifiedAtMs === proof.modifiedAtMs &&
    changedAtMs !== undefined && changedAtMs <= proof.provedAtMs;
}

function keyOf({ digest }: KnownContent, facts: OpenFileFacts): string {
  const { identity, sizeBytes, modifiedAtMs, changedAtMs } = facts;
  return [identity, sizeBytes, modifiedAtMs, changedAtMs, digest.hex].join(" ");
}
