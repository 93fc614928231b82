/**
 * A file larger than most disks: how long until its first bytes come, and what it takes by then.
 *
 * @module
 */
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { type BenchCase, type BenchContext, medianOf, peakTarget, runFolder, type Sample } from "../case.ts";
import { type DownloadJob, OURS, pullCommand } from "../contenders.ts";
import { measure, runUntil } from "../measure.ts";
import { makeJob } from "../race.ts";
import { type ServerProcess, startServer } from "../server_process.ts";

const REPO = "bench/sparse";
const WANTED_BYTES = 100 * 2 ** 30;
const STEP_BYTES = 2 ** 30;
const PLAN = `${OURS} --dry-run`;
const BEGIN = `${OURS} until the first bytes`;

/** As large as it is wanted, or as the disk has room for: more would rightly be refused. */
async function sizeFor(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  const room = Math.floor((bavail * bsize) * 0.9 / STEP_BYTES) * STEP_BYTES;
  return Math.max(STEP_BYTES, Math.min(WANTED_BYTES, room));
}

/** Resolves when an event tells of bytes that have arrived. */
async function firstBytes(output: ReadableStream<Uint8Array>, ended: AbortSignal): Promise<void> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    const events = lines.filter((line) => line !== "").map((line) => JSON.parse(line));
    if (events.some((event) => event.type === "progress" && event.receivedBytes > 0)) return;
    if (ended.aborted) return;
  }
}

async function diskUse(
  directory: string,
): Promise<{ readonly diskBytes: number; readonly apparentBytes: number }> {
  const names = await readdir(directory, { recursive: true });
  const all = await Promise.all(names.map((name) => stat(join(directory, name))));
  const files = all.filter((facts) => facts.isFile());
  return {
    diskBytes: files.reduce((sum, facts) => sum + facts.blocks * 512, 0),
    apparentBytes: files.reduce((sum, facts) => sum + facts.size, 0),
  };
}

async function plan(job: DownloadJob): Promise<Sample> {
  return { ...await measure(pullCommand(job, ["--dry-run"])), ...await diskUse(job.directory) };
}

async function begin(job: DownloadJob): Promise<Sample> {
  const run = await runUntil(pullCommand(job, ["--events"]), (ended, output) => firstBytes(output, ended));
  if (!run.ranOn) throw new Error(`${OURS} ended before the first bytes came`);
  return { ...run, ...await diskUse(job.directory) };
}

async function runOnce(
  context: BenchContext,
  server: ServerProcess,
  once: (job: DownloadJob) => Promise<Sample>,
): Promise<Sample> {
  await using folder = await runFolder(context);
  return await once(await makeJob({ server, repo: REPO }, folder.path));
}

/** 100 GiB, planned and begun. Others have no plan to show, and some would write the file full of zeros first. */
export const sparse: BenchCase = {
  name: "sparse",
  title: () => "a file of 100 GiB (or what the disk has room for): planned, and begun",
  async run(context) {
    const ours = context.contenders.some(({ name }) => name === OURS);
    if (!ours) return { rows: [], targets: [], bytes: undefined };
    const sizeBytes = await sizeFor(context.directory);
    const files = [{ path: "model.bin", sizeBytes, storage: "lfs" as const, unproved: true }];
    const repos = [{ repo: REPO, files }];
    await using server = await startServer({ repos, connectionBytesPerSecond: 20e6 });
    const samples = new Map<string, Sample[]>([[PLAN, []], [BEGIN, []]]);
    for (let round = 0; round < context.rounds; round++) {
      samples.get(PLAN)?.push(await runOnce(context, server, plan));
      samples.get(BEGIN)?.push(await runOnce(context, server, begin));
    }
    context.say(`  the file has ${formatByteSize(sizeBytes)}`);
    const rows = [...samples].map(([name, list]) => ({ name, samples: list }));
    const share = 100 * medianOf(rows, BEGIN, ({ diskBytes }) => diskBytes) / sizeBytes;
    const text = "of the file's size on the disk when the first bytes are there";
    const targets = [{ text, value: share, limit: 1, unit: "%" as const }, ...peakTarget(rows, BEGIN)];
    return { rows, targets, bytes: undefined };
  },
};
