/**
 * A server that gives each connection only so much, as file hosts do.
 *
 * @module
 */
import { type BenchCase, ratioTargets } from "../case.ts";
import { OURS } from "../contenders.ts";
import { race } from "../race.ts";
import { startServer } from "../server_process.ts";

const REPO = "bench/lanes";

/** 256 MiB at 20 MB/s a connection; what fetches over one connection has no part in it. */
export const lanes: BenchCase = {
  name: "lanes",
  title: ({ quick }) => `${quick ? "64 MiB" : "256 MiB"} at 20 MB/s a connection`,
  async run(context) {
    const bytes = context.quick ? 2 ** 26 : 2 ** 28;
    const files = [{ path: "model.bin", sizeBytes: bytes, storage: "lfs" as const }];
    await using server = await startServer({
      repos: [{ repo: REPO, files }],
      connectionBytesPerSecond: 20e6,
    });
    const rows = await race(context, {
      server,
      repo: REPO,
      contenders: ["aria2c -x8 -s8", "aria2c, tuned", OURS],
    });
    return { rows, targets: ratioTargets(rows, OURS, [{ other: "aria2c -x8 -s8", limit: 0.75 }]), bytes };
  },
};
