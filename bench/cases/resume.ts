/**
 * A download killed in the middle and started again: how much of it is fetched twice.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { formatByteRate } from "../../core/base/byte_size.ts";
import { type BenchCase, medianOf, type Sample, type Target } from "../case.ts";
import { type Contender, type DownloadJob, OURS } from "../contenders.ts";
import { measure, runUntil } from "../measure.ts";
import { race, settleDisk } from "../race.ts";
import { type ServerProcess, startServer } from "../server_process.ts";

const REPO = "bench/resume";
const POLL_MS = 5;

/** Kills the first run once half of the bytes have been sent; measures the second one. */
async function killAndResume(contender: Contender, job: DownloadJob, server: ServerProcess): Promise<Sample> {
  const total = job.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const command = await contender.prepare(job);
  await settleDisk();
  await server.reset();
  const halfSent = async (ended: AbortSignal): Promise<void> => {
    while (!ended.aborted && (await server.statistics()).bytesServed < total / 2) await delay(POLL_MS);
  };
  if (!(await runUntil(command, halfSent)).ranOn) {
    throw new Error(`${contender.name} was not there to be killed`);
  }
  const usage = await measure(command);
  const statistics = await server.statistics();
  return { ...usage, ...statistics, fetchedAgain: statistics.bytesServed / total - 1 };
}

interface Variant {
  readonly name: string;
  readonly connectionBytesPerSecond: number;
  /** All without a list. */
  readonly contenders?: readonly string[];
}

/**
 * A killed process loses what it moved since it last made a note, so the share depends on the speed: the case
 * states it. Without a rate at all, the kill would come too late to say what half is.
 */
function resumeCase(variant: Variant): BenchCase {
  const { name, connectionBytesPerSecond, contenders } = variant;
  const rate = formatByteRate(connectionBytesPerSecond);
  return {
    name,
    title: ({ quick }) => `resume of ${quick ? "256 MiB" : "1 GiB"} killed at half, ${rate} a connection`,
    async run(context) {
      const sizeBytes = context.quick ? 2 ** 28 : 2 ** 30;
      const repos = [{ repo: REPO, files: [{ path: "model.bin", sizeBytes, storage: "lfs" as const }] }];
      await using server = await startServer({ repos, connectionBytesPerSecond });
      const rows = await race(context, {
        server,
        repo: REPO,
        ...(contenders === undefined ? {} : { contenders }),
        runOnce: (contender, job) => killAndResume(contender, job, server),
      });
      const value = 100 * medianOf(rows, OURS, ({ fetchedAgain }) => fetchedAgain);
      const again: Target = { text: "fetched again by mm", value, limit: 2, unit: "%" };
      return { rows, targets: Number.isNaN(value) ? [] : [again], bytes: undefined };
    },
  };
}

/** As fast as a disk takes it. */
export const resume: BenchCase = resumeCase({ name: "resume", connectionBytesPerSecond: 100e6 });

/** As fast as a very good line; with one connection it would take a minute. */
export const resumeSlow: BenchCase = resumeCase({
  name: "resume-slow",
  connectionBytesPerSecond: 20e6,
  contenders: ["aria2c -x8 -s8", OURS],
});
