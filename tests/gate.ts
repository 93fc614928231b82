/**
 * The one gate: what `deno task test` runs, on every machine and in CI.
 *
 * Every static step counts as one test. The last line is always `N passed, N failed`.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { listFiles, PROGRAM } from "./arch/source_scan.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MINUTE_MS = 60_000;
/** Who takes longer hangs. */
const LIMITS_MS = { static: 5 * MINUTE_MS, tests: 8 * MINUTE_MS, endToEnd: 12 * MINUTE_MS } as const;
/** How long a command that is stopped has to say what it was at. */
const LAST_WORDS_MS = 5_000;
const LAST_LINES = 40;

interface Step {
  readonly name: string;
  /** Commands that run side by side. */
  readonly runs: readonly (readonly string[])[];
  /** How long it may take. @default that of static steps */
  readonly limitMs?: number;
  /** A run of `deno test` counts its tests; any other command is one test. */
  readonly countsTests?: boolean;
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** What is to be shown when something failed. */
  readonly output: string;
}

/** How a command ended. */
export interface CommandOutcome {
  readonly succeeded: boolean;
  /** Whether it took too long. */
  readonly wasStopped: boolean;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** The environment of the caller without what would point the tests at somebody's account, library or Hub. */
function childEnvironment(): Record<string, string> {
  const inherited = Object.entries(Deno.env.toObject())
    .filter(([name]) => !/^(?:HF_|HUGGING_FACE_|HF_DOWNLOADER_|MM_(?!TEST_))/.test(name));
  const path = `${dirname(Deno.execPath())}${delimiter}${Deno.env.get("PATH") ?? ""}`;
  const color = Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" };
  return { ...Object.fromEntries(inherited), ...color, PATH: path };
}

const ANSI = new RegExp(String.raw`\u001b\[[0-9;]*m`, "g");

/** Reads the last `… | N passed (n steps) | N failed …` line; a run that ended without one is a failure. */
export function countTests(output: string, succeeded: boolean): { passed: number; failed: number } {
  const summaries = [...output.replace(ANSI, "").matchAll(/\| (\d+) passed.*?\| (\d+) failed/g)];
  const [, passed = "0", failed = "0"] = summaries.at(-1) ?? [];
  // A crash after the summary, or a leak found by the runner itself, fails without a failed test.
  const atLeast = succeeded ? 0 : 1;
  return { passed: Number(passed), failed: Math.max(Number(failed), atLeast) };
}

/** The output without the lines that only say that something went on. */
function withoutProgress(output: string): string {
  const noise = /^(?:[.,!]|Check .*|\s*)$/;
  return output.split("\n").filter((line) => !noise.test(line.replace(ANSI, ""))).join("\n");
}

/** The last lines of a text. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** What `work` gives; `undefined` when it takes longer than `limitMs`. */
async function within<T>(work: Promise<T>, limitMs: number): Promise<T | undefined> {
  const limit = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => limit.resolve(undefined), limitMs);
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a process that hangs. The runner of tests, when it is interrupted, names those that it was at. */
async function stop(child: Deno.ChildProcess, end: Promise<unknown>): Promise<void> {
  for (const signal of Deno.build.os === "windows" ? ["SIGKILL"] as const : ["SIGINT", "SIGKILL"] as const) {
    try {
      child.kill(signal);
    } catch {
      // It has ended; what it had started may still hold its output.
    }
    if (await within(end, LAST_WORDS_MS) !== undefined) return;
  }
}

/** Runs Deno with these arguments, for no longer than `limitMs`. */
export async function runLimited(
  args: readonly string[],
  { limitMs }: { readonly limitMs: number },
): Promise<CommandOutcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    clearEnv: true,
    env: childEnvironment(),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const texts = ["", ""];
  const gather = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, index: number): Promise<void> => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) texts[index] += text;
  };
  const end = Promise.all([child.status, gather(child.stdout, 0), gather(child.stderr, 1)]);
  const ended = await within(end, limitMs);
  if (ended === undefined) await stop(child, end);
  return {
    succeeded: ended?.[0].success === true,
    wasStopped: ended === undefined,
    output: texts.join(""),
  };
}

async function run(step: Step): Promise<Outcome> {
  const outcomes = await Promise.all(step.runs.map((args) => runOne(args, step)));
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    output: outcomes.filter(({ failed }) => failed > 0).map(({ output }) => output).join("\n"),
  };
}

async function runOne(args: readonly string[], step: Step): Promise<Outcome> {
  const { limitMs = LIMITS_MS.static } = step;
  const { succeeded, wasStopped, output } = await runLimited(args, { limitMs });
  const shown = withoutProgress(output);
  const counts = step.countsTests === true
    ? countTests(output, succeeded)
    : { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1 };
  if (!wasStopped) return { ...counts, output: shown };
  return {
    ...counts,
    output: `${lastLines(shown, LAST_LINES)}\n\nstopped after ${limitMs / MINUTE_MS} minutes`.trimStart(),
  };
}

/** Files whose documentation contains code to run. */
function filesWithExamples(): string[] {
  const sources = listFiles(PROGRAM, /\.tsx?$/);
  return [...sources, ...listFiles(["docs"], /\.md$/)].filter(hasExamples);
}

/** Pages with code, which is checked although not all of it can be run. */
function pagesWithExamples(): string[] {
  return listFiles(["docs", "README.md"], /\.md$/).filter(hasExamples);
}

function hasExamples(path: string): boolean {
  return /^(?:\s*\* )?```ts\s*$/m.test(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"));
}

/** Files with their weights in groups of about the same weight, the heaviest first. */
export function balance(
  files: readonly { readonly path: string; readonly weight: number }[],
  groups: number,
): string[][] {
  const loads = Array.from({ length: groups }, () => ({ weight: 0, paths: [] as string[] }));
  for (const { path, weight } of files.toSorted((a, b) => b.weight - a.weight)) {
    const lightest = loads.reduce((least, load) => load.weight < least.weight ? load : least);
    lightest.weight += weight;
    lightest.paths.push(path);
  }
  return loads.map(({ paths }) => paths).filter((paths) => paths.length > 0);
}

/** End-to-end tests mostly wait, for rates and time-outs: two processes are through in little more than half the time. */
function endToEndGroups(): string[][] {
  const files = listFiles(["tests/e2e"], /_test\.ts$/).map((path) => ({
    path,
    // The number of tests is as good a guess as any.
    weight: readFileSync(new URL(`../${path}`, import.meta.url), "utf8").split("Deno.test(").length - 1,
  }));
  return balance(files, 2);
}

function planSteps(quick: boolean): Step[] {
  const frozen = Deno.env.get("CI") === "true" ? ["--frozen"] : [];
  const test = ["test", "-A", "--reporter=dot", ...frozen];
  // main.ts and mod.ts are named even when they are missing: the gate then says so.
  const places = ["main.ts", "mod.ts", "core", "workers", "cli", "tests", "bench", "packaging"];
  const steps: Step[] = [
    { name: "format", runs: [["fmt", "--check"]] },
    { name: "lint", runs: [["lint"]] },
    {
      name: "types",
      runs: [["check", ...frozen, ...places], ["check", "--doc-only", ...frozen, ...pagesWithExamples()]],
    },
    { name: "documentation", runs: [["doc", "--lint", "mod.ts"]] },
    // Unchecked: the runner adds imports of everything a file exports, which are then unused.
    {
      name: "examples",
      runs: [[...test, "--parallel", "--no-check", "--doc", ...filesWithExamples()]],
      countsTests: true,
    },
    {
      name: "tests",
      runs: [[...test, "--parallel", "--ignore=tests/e2e", "tests"]],
      limitMs: LIMITS_MS.tests,
      countsTests: true,
    },
  ];
  if (!quick) {
    steps.push({
      name: "end to end",
      runs: endToEndGroups().map((paths) => [...test, ...paths]),
      limitMs: LIMITS_MS.endToEnd,
      countsTests: true,
    });
  }
  return steps;
}

function report(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function main(): Promise<number> {
  const quick = Deno.args.includes("--quick");
  if (!existsSync(new URL("../deno.lock", import.meta.url))) {
    report("warning: deno.lock is missing, versions are not pinned");
  }
  let passed = 0;
  let failed = 0;
  for (const step of planSteps(quick)) {
    const startedMs = performance.now();
    const outcome = await run(step);
    passed += outcome.passed;
    failed += outcome.failed;
    const mark = outcome.failed === 0 ? "ok    " : "FAILED";
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
    const counts = step.countsTests === true ? `  ${outcome.passed} passed, ${outcome.failed} failed` : "";
    if (outcome.failed > 0) report(`\n${outcome.output}\n`);
    report(`${mark} ${step.name.padEnd(14)} ${seconds} s${counts}`);
  }
  report(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
