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
const STEP_TIMEOUT_MS = 30 * 60_000;

interface Step {
  readonly name: string;
  readonly args: readonly string[];
  /** A run of `deno test` counts its tests; any other command is one test. */
  readonly countsTests?: boolean;
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
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

async function run(step: Step): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...step.args],
    cwd: ROOT,
    clearEnv: true,
    env: childEnvironment(),
    stdin: "null",
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  if (step.countsTests === true) return { ...countTests(output, success), output };
  return { passed: success ? 1 : 0, failed: success ? 0 : 1, output };
}

/** Files whose documentation contains code to run. */
function filesWithExamples(): string[] {
  return listFiles(PROGRAM, /\.tsx?$/).filter((path) =>
    /^\s*\* ```ts\s*$/m.test(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"))
  );
}

function planSteps(quick: boolean): Step[] {
  const frozen = Deno.env.get("CI") === "true" ? ["--frozen"] : [];
  const test = ["test", "-A", "--reporter=dot", ...frozen];
  // main.ts and mod.ts are named even when they are missing: the gate then says so.
  const places = ["main.ts", "mod.ts", "core", "workers", "cli", "tests", "bench"];
  const steps: Step[] = [
    { name: "format", args: ["fmt", "--check"] },
    { name: "lint", args: ["lint"] },
    { name: "types", args: ["check", ...frozen, ...places] },
    { name: "documentation", args: ["doc", "--lint", "mod.ts"] },
    // Unchecked: the runner adds imports of everything a file exports, which are then unused.
    { name: "examples", args: [...test, "--no-check", "--doc", ...filesWithExamples()], countsTests: true },
    { name: "tests", args: [...test, "--parallel", "--ignore=tests/e2e", "tests"], countsTests: true },
  ];
  if (!quick) steps.push({ name: "end to end", args: [...test, "tests/e2e"], countsTests: true });
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
    if (outcome.failed > 0) report(`\n${withoutProgress(outcome.output)}\n`);
    report(`${mark} ${step.name.padEnd(14)} ${seconds} s${counts}`);
  }
  report(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
