/**
 * Many small files behind a round trip: what counts is how many requests wait for each other.
 *
 * @module
 */
import { type BenchCase, ratioTargets } from "../case.ts";
import { OURS } from "../contenders.ts";
import type { BenchFile } from "../memory_source.ts";
import { race } from "../race.ts";
import { startServer } from "../server_process.ts";

const REPO = "bench/small";

/** Sizes from 1 to 64 KiB, in folders, stored as git stores them. */
function smallFiles(count: number): BenchFile[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `part-${index % 10}/file-${String(index).padStart(4, "0")}.json`,
    sizeBytes: 1024 * (1 + index * 37 % 64),
    storage: "git",
  }));
}

/** 500 small files with 20 ms of latency. */
export const smallFilesCase: BenchCase = {
  name: "small",
  title: ({ quick }) => `${quick ? 100 : 500} small files at 20 ms latency`,
  async run(context) {
    const files = smallFiles(context.quick ? 100 : 500);
    await using server = await startServer({ repos: [{ repo: REPO, files }], latencyMs: 20 });
    const rows = await race(context, { server, repo: REPO });
    const targets = ratioTargets(rows, OURS, [{ other: "huggingface_hub", limit: 0.25 }]);
    return { rows, targets, bytes: undefined };
  },
};
