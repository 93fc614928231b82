/**
 * A long line, encrypted: what counts is how many bytes are on the way at once.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificate } from "../certificate.ts";
import { type BenchCase, ratioTargets, runFolder } from "../case.ts";
import { OURS } from "../contenders.ts";
import { race } from "../race.ts";
import { startServer } from "../server_process.ts";

const REPO = "bench/delayed";
const ROUND_TRIP_MS = 80;

/** 256 MiB over TLS at 80 ms; each connection has a window of 4 MiB, so that one moves 50 MB/s at most. */
export const delayed: BenchCase = {
  name: "delayed",
  title: ({ quick }) =>
    `${quick ? "64 MiB" : "256 MiB"} over TLS at ${ROUND_TRIP_MS} ms, windows of 4 MiB a connection`,
  async run(context) {
    const bytes = context.quick ? 2 ** 26 : 2 ** 28;
    await using folder = await runFolder(context);
    const keys = join(folder.path, "keys");
    await mkdir(keys);
    await using server = await startServer({
      repos: [{ repo: REPO, files: [{ path: "model.bin", sizeBytes: bytes, storage: "lfs" }] }],
      certificate: await makeCertificate(keys),
      roundTripMs: ROUND_TRIP_MS,
    });
    const rows = await race(context, { server, repo: REPO });
    return { rows, targets: ratioTargets(rows, OURS, [{ other: "huggingface_hub", limit: 0.6 }]), bytes };
  },
};
