/**
 * What importing and linking say in a program without a disk.
 *
 * @module
 */
import type {
  ImportedFile,
  ImportReport,
  LinkReport,
  LinkRequest,
  VerifyEvent,
} from "../../core/operations/model_manager.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** One of each kind. */
export const IMPORTED: readonly ImportedFile[] = [
  {
    source: "/home/ada/.ollama/models/blobs/sha256-aa",
    app: "ollama",
    status: "linked",
    sizeBytes: 2_000_000_000,
    digest: { algorithm: "sha256", hex: "a".repeat(64) },
    reference: "acme/llama:Q4_K_M",
    repo: "acme/llama",
    commit: COMMIT,
    path: "/models/acme/llama/llama-Q4_K_M.gguf",
    link: "hard",
    reason: undefined,
  },
  {
    source: "/home/ada/.ollama/models/blobs/sha256-bb",
    app: "ollama",
    status: "skipped",
    sizeBytes: 1_000,
    digest: undefined,
    reference: undefined,
    repo: undefined,
    commit: undefined,
    path: undefined,
    link: undefined,
    reason: "It is not complete",
  },
];

/** Finds two files. */
export async function* fakeImport(): AsyncGenerator<VerifyEvent, ImportReport, undefined> {
  await Promise.resolve();
  yield { type: "hashing", file: "llama-Q4_K_M.gguf", receivedBytes: 1, totalBytes: 2 };
  return {
    sources: ["/home/ada/.ollama/models"],
    files: IMPORTED,
    bytesSaved: 2_000_000_000,
    bytesCopied: 0,
  };
}

/** Links every reference by a hard link. */
export function fakeLink({ references, dryRun = false }: LinkRequest): LinkReport {
  const results = references.map((reference) => ({
    reference,
    repo: reference.split(":")[0] ?? "",
    status: dryRun ? "planned" as const : "linked" as const,
    directory: "/home/ada/.lmstudio/models",
    name: undefined,
    files: [{
      source: "/models/acme/llama/llama-Q4_K_M.gguf",
      target: "/home/ada/.lmstudio/models/acme/llama/llama-Q4_K_M.gguf",
      status: dryRun ? "planned" as const : "linked" as const,
      link: "hard" as const,
      sizeBytes: 2_000_000_000,
    }],
    bytesSaved: 2_000_000_000,
    notes: [],
  }));
  return { results, bytesSaved: 2_000_000_000 * references.length };
}
