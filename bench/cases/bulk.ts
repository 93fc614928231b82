/**
 * One large file as fast as it goes: time, processor time and memory.
 *
 * @module
 */
import { type BenchCase, peakTarget, ratioTargets } from "../case.ts";
import { OURS } from "../contenders.ts";
import { race } from "../race.ts";
import { startServer } from "../server_process.ts";

const REPO = "bench/bulk";

/** 1 GiB over loopback, verified. */
export const bulk: BenchCase = {
  name: "bulk",
  title: ({ quick }) => `${quick ? "256 MiB" : "1 GiB"} over loopback, verified`,
  async run(context) {
    const bytes = context.quick ? 2 ** 28 : 2 ** 30;
    const files = [{ path: "model.bin", sizeBytes: bytes, storage: "lfs" as const }];
    await using server = await startServer({ repos: [{ repo: REPO, files }] });
    const rows = await race(context, { server, repo: REPO });
    const targets = ratioTargets(rows, OURS, [
      { other: "curl + sha256sum", limit: 0.45 },
      { other: "curl + openssl", limit: 1.05 },
      { other: "aria2c -x8 -s8", limit: 0.6 },
      { other: "huggingface_hub", limit: 0.5 },
      { other: "curl + openssl", limit: 1.3, measure: "cpu" },
    ]);
    return { rows, targets: [...targets, ...peakTarget(rows, OURS)], bytes };
  },
};
