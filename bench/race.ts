/**
 * Interleaved rounds: every contender once a round, each round beginning with another one, so that whatever else
 * the machine does falls on all of them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type BenchContext, type Row, runFolder, type Sample } from "./case.ts";
import type { Contender, DownloadJob } from "./contenders.ts";
import { measure } from "./measure.ts";
import type { ServedFile } from "./memory_source.ts";
import type { ServerProcess } from "./server_process.ts";

/** What is fetched. */
export interface RaceOptions {
  readonly server: ServerProcess;
  readonly repo: string;
  /** Names of those that take part; all by default. */
  readonly contenders?: readonly string[];
  /** Another way to run than one download from nothing. */
  readonly runOnce?: (contender: Contender, job: DownloadJob) => Promise<Sample>;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest("hex");
}

/** @throws {Error} When a contender has not delivered what was served. */
async function checkFiles(contender: Contender, job: DownloadJob): Promise<void> {
  for (const file of job.files) {
    const actual = await hashFile(contender.pathOf(job, file));
    if (actual !== file.sha256) throw new Error(`${contender.name} delivered a wrong "${file.path}"`);
  }
}

/** Empties the write queue of the disk, so that nobody pays for the one before. */
export async function settleDisk(): Promise<void> {
  if (Deno.build.os !== "windows") await new Deno.Command("sync").output();
}

/** Makes the job of one run in its own folder. */
export async function makeJob(options: RaceOptions, folder: string): Promise<DownloadJob> {
  const { server, repo } = options;
  const directory = join(folder, "files");
  const scratch = join(folder, "scratch");
  await mkdir(directory);
  await mkdir(scratch);
  const files: readonly ServedFile[] = server.files[repo] ?? [];
  const { endpoint, plainUrl, caFile } = server;
  return { endpoint, plainUrl, caFile, repo, files, directory, scratch };
}

/** One download from nothing. */
async function download(contender: Contender, job: DownloadJob, server: ServerProcess): Promise<Sample> {
  const command = await contender.prepare(job);
  await settleDisk();
  await server.reset();
  return { ...await measure(command), ...await server.statistics() };
}

async function runChecked(
  contender: Contender,
  options: RaceOptions,
  context: BenchContext,
  check: boolean,
): Promise<Sample> {
  await using folder = await runFolder(context);
  const job = await makeJob(options, folder.path);
  const sample = await (options.runOnce?.(contender, job) ?? download(contender, job, options.server));
  if (check) await checkFiles(contender, job);
  return sample;
}

/** The same list, begun at another place. */
function rotate<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** Runs all rounds; the bytes of the first one are compared with what was served. */
export async function race(context: BenchContext, options: RaceOptions): Promise<Row[]> {
  const named = options.contenders;
  const contenders = context.contenders.filter(({ name }) => named === undefined || named.includes(name));
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < context.rounds && contenders.length > 0; round++) {
    for (const contender of rotate(contenders, round)) {
      const sample = await runChecked(contender, options, context, round === 0);
      samples.get(contender.name)?.push(sample);
      context.say(`  round ${round + 1}  ${contender.name.padEnd(18)} ${sample.wallSeconds.toFixed(3)} s`);
    }
  }
  return [...samples].map(([name, list]) => ({ name, samples: list }));
}
