/**
 * Whether files are still what is known of them: a server must never give away other bytes under an old name.
 *
 * @module
 */
import type { Digest, DigestAlgorithm } from "../base/digest.ts";
import { fileFacts } from "../platform/directory.ts";
import type { OpenFileFacts } from "../platform/file_stream.ts";
import { Refusal } from "./reply.ts";

/** A file, and what it has to be. */
export interface KnownContent {
  /** Absolute. */
  readonly path: string;
  /** How people know it. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** The time of its proof, in milliseconds since 1970; without one it has to be proved before it is given away. */
  readonly modifiedAtMs: number | undefined;
  /** Whether it is known to be wrong. */
  readonly damaged?: boolean | undefined;
}

/** How proofs are made. */
export interface FileProofsOptions {
  /** Works out a file's digest in hexadecimal. */
  readonly hashFile: (path: string, algorithm: DigestAlgorithm) => Promise<string>;
  /** Told what a person should know. */
  readonly onNotice?: (message: string) => void;
}

interface Proof {
  /** Size and time of the file that was hashed, and what was wanted. */
  readonly key: string;
  readonly result: Promise<"ok" | "wrong">;
  state: "pending" | "ok" | "wrong";
}

type Facts = Pick<OpenFileFacts, "isFile" | "sizeBytes" | "modifiedAtMs">;

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
   * Why a file cannot be given away, 410; `undefined` when it can. One that was changed is hashed in the background:
   * when it still is what it was, it can be had again after that.
   *
   * @param options.waitMs How long to wait for the hash. @default {0}
   */
  async check(file: KnownContent, options: { readonly waitMs?: number } = {}): Promise<Refusal | undefined> {
    const facts = await fileFacts(file.path).catch(() => undefined);
    if (facts === undefined) return gone(file.name, "is not on this server's disk any more");
    const refusal = this.checkFacts(file, facts);
    const { waitMs = 0 } = options;
    const proof = this.#proofs.get(file.path);
    if (refusal === undefined || waitMs === 0 || proof?.state !== "pending") return refusal;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, waitMs));
    await Promise.race([proof.result.catch(() => {}), late]);
    clearTimeout(timer);
    return this.checkFacts(file, facts);
  }

  /** Why a file cannot be given away, as far as that is known without looking at it. */
  known(file: KnownContent): Refusal | undefined {
    return this.#proofs.get(file.path)?.state === "wrong"
      ? gone(file.name, "was changed on this server's disk")
      : undefined;
  }

  /** The same for facts that are known: of the very file that is open. */
  checkFacts(file: KnownContent, facts: Facts): Refusal | undefined {
    const { name, digest, sizeBytes, modifiedAtMs } = file;
    if (file.damaged === true) return gone(name, "is damaged");
    if (!facts.isFile || facts.sizeBytes !== sizeBytes) {
      return gone(name, "was changed on this server's disk");
    }
    if (modifiedAtMs !== undefined && facts.modifiedAtMs <= modifiedAtMs) return undefined;
    const key = `${facts.sizeBytes} ${facts.modifiedAtMs} ${digest.hex}`;
    let proof = this.#proofs.get(file.path);
    if (proof?.key !== key) proof = this.#prove(file, key);
    switch (proof.state) {
      case "ok":
        return undefined;
      case "wrong":
        return gone(name, "was changed on this server's disk");
      case "pending":
        return gone(name, "is being verified", { "retry-after": "5" });
    }
  }

  #prove(file: KnownContent, key: string): Proof {
    const result = this.#queue.then(async () => {
      const hex = await this.#options.hashFile(file.path, file.digest.algorithm);
      const facts = await fileFacts(file.path);
      const isSame = facts !== undefined &&
        key === `${facts.sizeBytes} ${facts.modifiedAtMs} ${file.digest.hex}`;
      return hex === file.digest.hex && isSame ? "ok" : "wrong";
    });
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
    this.#proofs.set(file.path, proof);
    for (const path of this.#proofs.keys()) {
      if (this.#proofs.size <= MAX_PROOFS) break;
      this.#proofs.delete(path);
    }
    return proof;
  }
}
