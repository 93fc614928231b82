/**
 * A complete repository pulled again: nothing should be asked for twice.
 *
 * @module
 */
import { type BenchCase, medianOf, type Sample, type Target } from "../case.ts";
import { type Contender, type DownloadJob, OURS } from "../contenders.ts";
import { measure } from "../measure.ts";
import type { BenchFile } from "../memory_source.ts";
import { race } from "../race.ts";
import { type ServerProcess, startServer } from "../server_process.ts";

const REPO = "bench/repull";

const FILES: readonly BenchFile[] = [
  { path: "model.bin", sizeBytes: 2 ** 26, storage: "lfs" },
  ...Array.from({ length: 20 }, (_, index) => ({
    path: `config-${index}.json`,
    sizeBytes: 4096,
    storage: "git" as const,
  })),
];

async function pullTwice(contender: Contender, job: DownloadJob, server: ServerProcess): Promise<Sample> {
  const command = await contender.prepare(job);
  await measure(command);
  await server.reset();
  return { ...await measure(command), ...await server.statistics() };
}

/** Requests and bytes of the second pull. */
export const repull: BenchCase = {
  name: "repull",
  title: () => "second pull of a complete repository (21 files)",
  async run(context) {
    await using server = await startServer({ repos: [{ repo: REPO, files: FILES }] });
    const rows = await race(context, {
      server,
      repo: REPO,
      contenders: ["huggingface_hub", OURS],
      runOnce: (contender, job) => pullTwice(contender, job, server),
    });
    const requests = medianOf(rows, OURS, (sample) => sample.requests);
    const bytes = medianOf(rows, OURS, ({ bytesServed }) => bytesServed);
    const targets: Target[] = [
      { text: "requests of mm", value: requests, limit: 1, unit: "requests" },
      { text: "bytes of files sent to mm", value: bytes, limit: 0, unit: "bytes" },
    ];
    return { rows, targets: Number.isNaN(requests) ? [] : targets, bytes: undefined };
  },
};
