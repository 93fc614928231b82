/**
 * Updates that nobody fetches.
 *
 * @module
 */
import type { DownloadEvent } from "../../core/download/events.ts";
import type { UpdateRequest, UpdateResult } from "../../core/operations/model_manager.ts";

const FILE = "Llama-3.2-3B-Instruct-Q4_K_M.gguf";
const TOTAL = 2_000_000_000;
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** One model with an update, one without, one that is gone. */
export const UPDATES: readonly UpdateResult[] = [
  {
    reference: "acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M",
    repo: "acme/Llama-3.2-3B-Instruct-GGUF",
    commit: "b".repeat(40),
    status: "planned",
    paths: [`/models/acme/Llama-3.2-3B-Instruct-GGUF/${FILE}`],
    bytesFetched: 0,
    bytesResumed: 0,
    bytesTotal: TOTAL,
    elapsedMs: 40,
    quant: "Q4_K_M",
    update: "weights changed",
    bytesToFetch: TOTAL,
    changedFiles: [FILE],
    removedFiles: [],
    deletedFiles: [],
    bytesFreed: 0,
    keptFiles: [],
    fromCommit: COMMIT,
    renamedTo: "acme/Llama-3.2",
  },
  {
    reference: "acme/clip",
    repo: "acme/clip",
    commit: COMMIT,
    status: "present",
    paths: ["/models/acme/clip/config.json"],
    bytesFetched: 0,
    bytesResumed: 0,
    bytesTotal: 1_500,
    elapsedMs: 41,
    quant: undefined,
    update: "up to date",
    bytesToFetch: 0,
    changedFiles: [],
    removedFiles: [],
    deletedFiles: [],
    bytesFreed: 0,
    keptFiles: [],
    fromCommit: COMMIT,
    renamedTo: undefined,
  },
  {
    reference: "acme/gone:Q8_0",
    repo: "acme/gone",
    commit: undefined,
    status: "failed",
    paths: [],
    bytesFetched: 0,
    bytesResumed: 0,
    bytesTotal: 500,
    elapsedMs: 42,
    quant: "Q8_0",
    update: "removed upstream",
    bytesToFetch: 0,
    changedFiles: [],
    removedFiles: [],
    deletedFiles: [],
    bytesFreed: 0,
    keptFiles: [],
    fromCommit: COMMIT,
    renamedTo: undefined,
    error: { code: "NOT_FOUND", message: 'Repository "acme/gone" does not exist', hints: [], causes: [] },
  },
];

/** An update of all of them. */
export async function* fakeUpdate(
  { check = false }: UpdateRequest = {},
  events: (reference: string) => Iterable<DownloadEvent>,
): AsyncGenerator<DownloadEvent, UpdateResult[], undefined> {
  if (!check) yield* events(UPDATES[0]?.reference ?? "");
  return UPDATES.map((result) =>
    check || result.status !== "planned" ? result : { ...result, status: "downloaded" as const }
  );
}
