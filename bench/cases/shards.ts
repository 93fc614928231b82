/**
 * A large model in many files, as the large ones are kept.
 *
 * @module
 */
import { type BenchCase, peakTarget, ratioTargets } from "../case.ts";
import { OURS } from "../contenders.ts";
import type { BenchFile } from "../memory_source.ts";
import { race } from "../race.ts";
import { startServer } from "../server_process.ts";

const REPO = "bench/shards";

function shardFiles(count: number, sizeBytes: number): BenchFile[] {
  const total = String(count).padStart(5, "0");
  return Array.from({ length: count }, (_, index) => ({
    path: `model-${String(index + 1).padStart(5, "0")}-of-${total}.safetensors`,
    sizeBytes,
    storage: "lfs",
  }));
}

/** 40 shards of 16 MiB with 20 ms of latency. */
export const shards: BenchCase = {
  name: "shards",
  title: ({ quick }) => `${quick ? "12 shards of 4 MiB" : "40 shards of 16 MiB"} at 20 ms latency`,
  async run(context) {
    const [count, sizeBytes] = context.quick ? [12, 2 ** 22] : [40, 2 ** 24];
    const repos = [{ repo: REPO, files: shardFiles(count, sizeBytes) }];
    await using server = await startServer({ repos, latencyMs: 20 });
    const rows = await race(context, { server, repo: REPO });
    const targets = ratioTargets(rows, OURS, [{ other: "curl + openssl", limit: 1.3, measure: "cpu" }]);
    return { rows, targets: [...targets, ...peakTarget(rows, OURS)], bytes: count * sizeBytes };
  },
};
