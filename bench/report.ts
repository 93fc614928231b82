/**
 * Results as tables for people and as JSON for comparing runs.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { formatByteRate, formatByteSize } from "../core/base/byte_size.ts";
import { type CaseResult, medianOf, type Row, type Sample, type Target } from "./case.ts";
import { OURS } from "./contenders.ts";

/** A case with its result. */
export interface NamedResult {
  readonly name: string;
  readonly title: string;
  readonly result: CaseResult;
}

interface Column {
  readonly header: string;
  readonly cell: (row: Row) => string;
}

function pickMedian(row: Row, pick: (sample: Sample) => number | undefined): number {
  return medianOf([row], row.name, pick);
}

function show(value: number, format: (value: number) => string): string {
  return Number.isNaN(value) ? "-" : format(value);
}

function seconds(value: number): string {
  return `${value.toFixed(3)} s`;
}

function spread(row: Row): string {
  const values = row.samples.map(({ wallSeconds }) => wallSeconds);
  return `${Math.min(...values).toFixed(3)} - ${Math.max(...values).toFixed(3)}`;
}

/** The columns that a case has figures for. */
function columnsOf({ rows, bytes }: CaseResult): Column[] {
  const wall = (row: Row): number => pickMedian(row, ({ wallSeconds }) => wallSeconds);
  const cpu = (row: Row): number => pickMedian(row, ({ cpuSeconds }) => cpuSeconds);
  const ours = rows.find(({ name }) => name === OURS);
  const columns: Column[] = [
    { header: "", cell: ({ name }) => name },
    { header: "median", cell: (row) => seconds(wall(row)) },
    { header: "min - max", cell: spread },
  ];
  if (ours !== undefined) {
    columns.push({ header: "mm / it", cell: (row) => show(wall(ours) / wall(row), (x) => x.toFixed(2)) });
  }
  if (bytes !== undefined) {
    columns.push({ header: "rate", cell: (row) => formatByteRate(bytes / wall(row)) });
    columns.push({ header: "CPU a GiB", cell: (row) => `${(cpu(row) / bytes * 2 ** 30).toFixed(2)} s` });
  } else columns.push({ header: "CPU", cell: (row) => seconds(cpu(row)) });
  columns.push({
    header: "peak memory",
    cell: (row) => show(pickMedian(row, ({ peakBytes }) => peakBytes), formatByteSize),
  });
  if (rows.some(({ samples }) => samples[0]?.requests !== undefined)) {
    columns.push({ header: "requests", cell: (row) => show(pickMedian(row, (s) => s.requests), String) });
    columns.push({
      header: "sent",
      cell: (row) => show(pickMedian(row, (s) => s.bytesServed), formatByteSize),
    });
  }
  if (rows.some(({ samples }) => samples[0]?.fetchedAgain !== undefined)) {
    const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
    columns.push({ header: "again", cell: (row) => show(pickMedian(row, (s) => s.fetchedAgain), percent) });
  }
  if (rows.some(({ samples }) => samples[0]?.diskBytes !== undefined)) {
    columns.push({
      header: "on disk",
      cell: (row) => show(pickMedian(row, (s) => s.diskBytes), formatByteSize),
    });
    columns.push({
      header: "seems",
      cell: (row) => show(pickMedian(row, (s) => s.apparentBytes), formatByteSize),
    });
  }
  return columns;
}

function formatTarget({ text, value, limit, unit }: Target): string {
  const digits = unit === "x" ? 2 : unit === "s" ? 3 : unit === "%" || unit === "MB" ? 1 : 0;
  const mark = value <= limit ? "ok    " : "MISSED";
  return `  ${mark} ${text}: ${value.toFixed(digits)} ${unit} (target <= ${limit} ${unit})`;
}

/** The table of one case, and what of the promises was kept. */
export function formatCase({ title, result }: NamedResult): string {
  const columns = columnsOf(result);
  const lines = [
    columns.map(({ header }) => header),
    ...result.rows.filter(({ samples }) => samples.length > 0).map((row) =>
      columns.map(({ cell }) => cell(row))
    ),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const table = lines.map((line) =>
    line.map((text, index) =>
      index === 0 ? text.padEnd(widths[index] ?? 0) : text.padStart(widths[index] ?? 0)
    ).join("  ").trimEnd()
  );
  return [`\n${title}`, ...table, ...result.targets.map(formatTarget)].join("\n");
}

/** The machine that the figures belong to. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly deno: string;
  /** Over the last minute, before the first case; figures from a busy machine are worth little. */
  readonly load: number;
}

/** Describes this machine. */
export function describeMachine(): Machine {
  const list = cpus();
  return {
    processor: list[0]?.model.trim() ?? "unknown",
    cores: list.length,
    memoryBytes: totalmem(),
    system: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    load: loadavg()[0] ?? 0,
  };
}

/** What is written besides the results. */
export interface ReportFacts {
  readonly machine: Machine;
  readonly rounds: number;
  readonly quick: boolean;
  readonly missing: readonly string[];
  /** How each contender was run. */
  readonly flags: Readonly<Record<string, string>>;
}

/** How the contenders were run, for below the tables. */
export function formatFlags(flags: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(flags).map((name) => name.length));
  return Object.entries(flags).map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join("\n");
}

/** All promises of all cases, one a line. */
export function formatTargets(results: readonly NamedResult[]): string {
  return results.flatMap(({ name, result }) =>
    result.targets.map((target) => `${formatTarget(target)}  [${name}]`)
  ).join("\n");
}

/** Writes all figures to `bench/results/`; returns the file's path. */
export async function writeReport(
  folder: string,
  facts: ReportFacts,
  results: readonly NamedResult[],
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const date = new Date().toISOString();
  const cases = results.map(({ name, title, result }) => ({ name, title, ...result }));
  const text = `${JSON.stringify({ version: 1, date, ...facts, cases }, null, 2)}\n`;
  const path = join(folder, `${date.replace(/[:.]/g, "-")}.json`);
  await writeFile(path, text);
  await writeFile(join(folder, "latest.json"), text);
  return path;
}
