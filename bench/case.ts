/**
 * What a case of the bench is given and what it tells.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Contender } from "./contenders.ts";
import { median, type Usage } from "./measure.ts";

/** What every case works with. */
export interface BenchContext {
  readonly rounds: number;
  /** Smaller sizes, for a look in between; the ratios are rougher. */
  readonly quick: boolean;
  /** Those that are installed, ours last. */
  readonly contenders: readonly Contender[];
  /** Where downloads go: one disk for all. */
  readonly directory: string;
  /** Says what is going on. */
  readonly say: (text: string) => void;
}

/** One measured run. */
export interface Sample extends Usage {
  readonly requests?: number;
  /** Bytes of files that the server sent. */
  readonly bytesServed?: number;
  /** Bytes fetched beyond the file's size, as a share of it. */
  readonly fetchedAgain?: number;
  /** Disk space that the download takes, and the size that its file seems to have. */
  readonly diskBytes?: number;
  readonly apparentBytes?: number;
}

/** All runs of one contender. */
export interface Row {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** A number that has been promised. */
export interface Target {
  readonly text: string;
  readonly value: number;
  readonly limit: number;
  /** `x` for ratios. */
  readonly unit: "x" | "s" | "MB" | "%" | "requests" | "bytes";
}

/** What a case found. */
export interface CaseResult {
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
  /** Bytes that one run moves, for rates; `undefined` where a rate says nothing. */
  readonly bytes: number | undefined;
}

/** One case. */
export interface BenchCase {
  readonly name: string;
  readonly title: (context: BenchContext) => string;
  readonly run: (context: BenchContext) => Promise<CaseResult>;
}

/** A folder for one run, gone at the end of its scope. */
export async function runFolder(context: BenchContext): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(context.directory, "run-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The median of one measure of a row; `NaN` when the row is missing. */
export function medianOf(
  rows: readonly Row[],
  name: string,
  pick: (sample: Sample) => number | undefined,
): number {
  const samples = rows.find((row) => row.name === name)?.samples ?? [];
  return median(samples.map(pick).filter((value) => value !== undefined));
}

/** The promise about memory; left out when the row is missing. */
export function peakTarget(rows: readonly Row[], name: string): Target[] {
  const value = medianOf(rows, name, ({ peakBytes }) => peakBytes) / 1e6;
  return Number.isNaN(value) ? [] : [{ text: `peak memory of ${name}`, value, limit: 250, unit: "MB" }];
}

/** Promises about a ratio of medians; left out when one of the two did not run. */
export function ratioTargets(
  rows: readonly Row[],
  ours: string,
  limits: readonly { readonly other: string; readonly limit: number; readonly measure?: "time" | "cpu" }[],
): Target[] {
  return limits.flatMap(({ other, limit, measure = "time" }) => {
    const pick = (sample: Sample) => measure === "time" ? sample.wallSeconds : sample.cpuSeconds;
    const value = medianOf(rows, ours, pick) / medianOf(rows, other, pick);
    return Number.isNaN(value) ? [] : [{ text: `${measure} of ${ours} / ${other}`, value, limit, unit: "x" }];
  });
}
