/**
 * The single binary: `deno task compile [--target NAME]… [--output DIR] [--require] [--no-check] [--no-run]`
 *
 * Without `--target`, one binary for each machine of {@link TARGETS}; `--target this` is the one for this machine.
 * Where Deno's base binary for a target cannot be had, everything else is checked, and that is said; with `--require`
 * it is a failure. `--no-check` leaves out the types, `--no-run` does not try the binary that this machine could run.
 *
 * @module
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { VERSION } from "../core/base/version.ts";
import { CHECKSUMS, writeChecksums } from "./checksums.ts";
import { type Embedded, readEmbedded } from "./embedded.ts";
import { compileProgram, describe, problemsOf, rehearse, runDeno } from "./embedding.ts";
import { binaryName, chooseTargets, type Target, targetFor } from "./targets.ts";

/** What `deno compile` says when the network keeps the base from it. */
const NO_BASE = /Setting up base binary/;

interface Request {
  readonly targets: readonly Target[];
  readonly output: string;
  readonly mustBuild: boolean;
  readonly checksTypes: boolean;
  readonly triesBinary: boolean;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function readRequest(args: readonly string[]): Request {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: "string", multiple: true, default: [] },
      output: { type: "string", default: fileURLToPath(new URL("../dist", import.meta.url)) },
      require: { type: "boolean", default: false },
      "no-check": { type: "boolean", default: false },
      "no-run": { type: "boolean", default: false },
    },
  });
  return {
    targets: chooseTargets(values.target, Deno.build),
    output: resolve(values.output),
    mustBuild: values.require,
    checksTypes: !values["no-check"],
    triesBinary: !values["no-run"],
  };
}

/** Says what is wrong with a binary. @returns whether nothing is. */
async function sayProblems(embedded: Embedded): Promise<boolean> {
  const problems = await problemsOf(embedded);
  for (const problem of problems) say(`error: ${problem}`);
  return problems.length === 0;
}

async function checkTypes(): Promise<boolean> {
  const { succeeded, output } = await runDeno([
    "check",
    "--quiet",
    "main.ts",
    "mod.ts",
    "core",
    "workers",
    "cli",
  ]);
  say(succeeded ? "checked: types" : output.trimEnd());
  return succeeded;
}

/** What can be checked of a binary that cannot be built; one that is built is checked itself. */
async function checkEmbedding(): Promise<boolean> {
  const { embedded, output } = await rehearse();
  if (embedded === undefined) {
    say(output.trimEnd());
    return false;
  }
  if (!await sayProblems(embedded)) return false;
  say(`checked: embedding: ${describe(embedded)}`);
  return true;
}

/** Why a base could not be had: the innermost reason. */
function reasonOf(output: string): string {
  const reasons = output.split("\n").map((line) => /^\s+\d+: (?!<unknown>)(.+)$/.exec(line)?.[1])
    .filter((reason) => reason !== undefined);
  return reasons.at(-1) ?? "no reason is known";
}

async function tryBinary(path: string): Promise<boolean> {
  const expected = `mm ${VERSION}`;
  try {
    const { stdout } = await new Deno.Command(path, { args: ["--version"], stdin: "null" }).output();
    const answer = new TextDecoder().decode(stdout).split("\n")[0] ?? "";
    if (answer === expected) return true;
    say(`error: ${path} --version says "${answer}": wanted "${expected}"`);
  } catch (error) {
    say(`error: ${path} cannot be run: ${error instanceof Error ? error.message : error}`);
  }
  return false;
}

/** What became of one target. */
export type Build = "built" | "failed" | "no base";

/** The exit code, and the last line where something is not there. */
export function conclude(
  builds: readonly Build[],
  { mustBuild }: { readonly mustBuild: boolean },
): { readonly code: number; readonly text?: string } {
  const missing = builds.filter((one) => one === "no base").length;
  const failed = builds.includes("failed") || (mustBuild && missing > 0);
  if (missing === 0) return { code: failed ? 1 : 0 };
  const text = missing === builds.length
    ? "checked, not built"
    : `${missing} of ${builds.length} checked, not built`;
  return { code: failed ? 1 : 0, text };
}

async function build(target: Target, { output, triesBinary }: Request): Promise<Build> {
  const path = join(output, binaryName(target));
  await rm(path, { force: true });
  const outcome = await compileProgram({ output: path, target: target.name });
  if (!outcome.succeeded) {
    if (!NO_BASE.test(outcome.output)) {
      say(`error: ${target.name}\n${outcome.output.trimEnd()}`);
      return "failed";
    }
    say(`not built: ${target.name}: Deno's base binary for it cannot be had: ${reasonOf(outcome.output)}`);
    return "no base";
  }
  const embedded = readEmbedded(await readFile(path));
  const fits = await sayProblems(embedded);
  const runsHere = triesBinary && target === targetFor(Deno.build);
  if (!fits || (runsHere && !await tryBinary(path))) {
    await rm(path, { force: true });
    return "failed";
  }
  say(`built: ${path}: ${describe(embedded)}${runsHere ? `; it says mm ${VERSION}` : ""}`);
  return "built";
}

async function main(): Promise<number> {
  const request = readRequest(Deno.args);
  if (request.checksTypes && !await checkTypes()) return 1;
  await mkdir(request.output, { recursive: true });
  // What it says may not be so any more.
  await rm(join(request.output, CHECKSUMS), { force: true });
  const builds: Build[] = [];
  for (const target of request.targets) builds.push(await build(target, request));
  if (builds.includes("built")) {
    await writeChecksums(request.output);
    say(`built: ${join(request.output, CHECKSUMS)}`);
  } else if (!builds.includes("failed") && !await checkEmbedding()) {
    return 1;
  }
  const { code, text } = conclude(builds, request);
  if (text !== undefined) say(text);
  return code;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    // A wrong option or target; everything else is a bug, and has its stack.
    if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
    say(`error: ${error.message}`);
    Deno.exit(2);
  }
}
