/**
 * Models whose bytes come from memory, so that no disk of the server is measured.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { ByteRange } from "../core/base/byte_range.ts";
import type { Digest } from "../core/base/digest.ts";
import type { HostedFile, HostedModel, ModelSource } from "../core/server/model_source.ts";

/** A file to serve. */
export interface BenchFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** As the Hub stores it: `lfs` files come from the file host, `git` ones from the Hub itself. */
  readonly storage: "lfs" | "git";
  /** The digest is made up, for a file too large to be hashed: it cannot be completed. @default {false} */
  readonly unproved?: boolean;
}

/** A repository to serve. */
export interface BenchRepo {
  readonly repo: string;
  readonly files: readonly BenchFile[];
}

/** A served file with the digest that everybody can check. */
export interface ServedFile extends BenchFile {
  readonly sha256: string;
}

/** A source, and what is in it. */
export interface MemorySource extends ModelSource {
  readonly served: ReadonlyMap<string, readonly ServedFile[]>;
  /** Opens a file by its name, whatever the commit. */
  openFile(repo: string, path: string, range: ByteRange): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Bytes handed out so far. */
  bytesServed: number;
}

const BLOCK_BYTES = 32 * 2 ** 20;
const CHUNK_BYTES = 256 * 2 ** 10;
const DATE = "2025-01-01T00:00:00.000Z";

function randomBlock(): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_BYTES);
  for (let at = 0; at < block.length; at += 65_536) crypto.getRandomValues(block.subarray(at, at + 65_536));
  return block;
}

/** Where in the block a file begins; an odd step, so that files differ and do not repeat at page borders. */
function blockOffset(index: number): number {
  return (index * 65_537) % BLOCK_BYTES;
}

function* pieces(
  block: Uint8Array<ArrayBuffer>,
  offset: number,
  range: ByteRange,
): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = range.start; at < range.end;) {
    const from = (offset + at) % block.length;
    const length = Math.min(CHUNK_BYTES, range.end - at, block.length - from);
    yield block.subarray(from, from + length);
    at += length;
  }
}

interface StoredFile extends ServedFile {
  readonly offset: number;
  readonly gitSha1: string;
}

function storeFile(block: Uint8Array<ArrayBuffer>, file: BenchFile, index: number): StoredFile {
  const offset = blockOffset(index);
  const sha256 = createHash("sha256");
  if (file.unproved) return { ...file, offset, sha256: sha256.update(file.path).digest("hex"), gitSha1: "" };
  const gitSha1 = createHash("sha1").update(`blob ${file.sizeBytes}\0`);
  for (const piece of pieces(block, offset, { start: 0, end: file.sizeBytes })) {
    sha256.update(piece);
    if (file.storage === "git") gitSha1.update(piece);
  }
  return { ...file, offset, sha256: sha256.digest("hex"), gitSha1: gitSha1.digest("hex") };
}

function hostedModel(repo: string): HostedModel {
  return { id: repo, lastModified: DATE, createdAt: DATE, tags: [], gated: false, private: false };
}

function hostedFile(file: StoredFile): HostedFile {
  const digest: Digest = file.storage === "lfs"
    ? { algorithm: "sha256", hex: file.sha256 }
    : { algorithm: "git-sha1", hex: file.gitSha1 };
  return {
    path: file.path,
    sizeBytes: file.sizeBytes,
    storage: file.storage,
    digest: () => Promise.resolve(digest),
  };
}

/** Makes the bytes up and hashes them; takes about a second for each GiB. */
export function createMemorySource(repos: readonly BenchRepo[]): MemorySource {
  const block = randomBlock();
  let index = 1;
  const stored = new Map(
    repos.map(({ repo, files }) => [repo, files.map((file) => storeFile(block, file, index++))]),
  );
  const hosted = new Map([...stored].map(([repo, files]) => [repo, files.map(hostedFile)]));
  const models = repos.map(({ repo }) => hostedModel(repo));
  const commitOf = (repo: string): string => createHash("sha1").update(repo).digest("hex");
  const source: MemorySource = {
    served: stored,
    bytesServed: 0,
    models: () => Promise.resolve(models),
    model: (repo) => Promise.resolve(models.find(({ id }) => id === repo)),
    commit: (repo, revision) =>
      Promise.resolve(["main", "HEAD", commitOf(repo)].includes(revision) ? commitOf(repo) : undefined),
    files: ({ repo }) => Promise.resolve(hosted.get(repo) ?? []),
    open: ({ repo, path }, range) => Promise.resolve(source.openFile(repo, path, range)),
    openFile(repo, path, range) {
      const file = stored.get(repo)?.find((candidate) => candidate.path === path);
      if (file === undefined) throw new Error(`No file "${path}" in "${repo}"`);
      const chunks = pieces(block, file.offset, range);
      return new ReadableStream({
        pull(controller) {
          const { done, value } = chunks.next();
          if (done === true) return controller.close();
          source.bytesServed += value.length;
          controller.enqueue(value);
        },
      }, { highWaterMark: 0 });
    },
  };
  return source;
}
