/**
 * A form in which people have the program, and what is tried with each.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { quoteArgument } from "../../../cli/command_line.ts";
import { VERSION } from "../../../core/base/version.ts";
import { type E2eHub, LARGE, LARGE_BYTES, LARGE_PATH, sha256, TINY } from "../../support/e2e_hub.ts";
import {
  exists,
  type FinishedProgram,
  readDocument,
  type RunOptions,
  type Sandbox,
  waitUntil,
} from "../../support/run_program.ts";

/** The quant that is taken where none is named. */
const Q4 = "tiny-Q4_K_M.gguf";

/** A place with nothing in it but what a form puts there. */
export interface FormScene {
  readonly box: Sandbox;
  readonly hub: E2eHub;
  /** The registry of JSR, for `JSR_URL`. */
  readonly jsrUrl: string;
  /** The archive of npm. */
  readonly tarball: string;
  /** Runs a program to its end, and fails with what it said when that is not a good one. */
  tool(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<FinishedProgram>;
}

/** How the program is started in this form. */
export interface StartedForm {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A form of the program. */
export interface PackageForm {
  /** The first words of its row: what a person types. */
  readonly name: string;
  /** Puts it there; the time counts. */
  install(scene: FormScene): Promise<StartedForm>;
}

/** What is tried. */
export interface PackageTask {
  readonly name: string;
  run(scene: FormScene, start: RunOptions): Promise<void>;
}

function succeed(what: string, finished: FinishedProgram): FinishedProgram {
  if (finished.code !== 0) {
    throw new Error(`${what} ended with ${finished.code}: ${finished.stderr}${finished.stdout}`);
  }
  return finished;
}

async function version({ box }: FormScene, start: RunOptions): Promise<void> {
  strictEqual(succeed("mm --version", await box.run(["--version"], start)).stdout, `mm ${VERSION}\n`);
}

async function pull({ box, hub }: FormScene, start: RunOptions): Promise<void> {
  succeed("mm pull", await box.run(["pull", TINY], start));
  strictEqual(sha256(await readFile(join(box.modelsDir, TINY, Q4))), await hub.sha256(TINY, Q4));
  const again = succeed("mm pull", await box.run(["pull", TINY, "--json"], start));
  const { results } = readDocument<{ readonly results: readonly { readonly status: string }[] }>(again);
  strictEqual(results[0]?.status, "present");
}

async function exitCodes({ box }: FormScene, start: RunOptions): Promise<void> {
  strictEqual((await box.run(["pull", "acme/nothing"], start)).code, 3);
  strictEqual((await box.run(["serch"], start)).code, 2);
}

/** Interrupted in the middle, it ends as it has to and keeps what it has; then it goes on from there. */
async function interrupt({ box, hub }: FormScene, start: RunOptions): Promise<void> {
  hub.clear();
  hub.bytesPerSecond = 4_000_000;
  try {
    // The key reaches every process of the terminal, as it does under a person's hands.
    const inner = [...start.command ?? [], "pull", LARGE].map(quoteArgument).join(" ");
    await using running = box.shell('exec script -qec "$INNER" /dev/null', [], {
      typed: true,
      env: { ...start.env, INNER: inner, SHELL: "/bin/sh", TERM: "xterm", PATH: Deno.env.get("PATH") ?? "" },
    });
    await waitUntil("bytes come", () => {
      if (running.stdout.includes("error:")) throw new Error(running.stdout);
      return hub.bodyBytes() > 1_000_000;
    });
    await running.type("\x03");
    const { code, stdout } = await running.finished;
    strictEqual(code, 130, stdout);
  } finally {
    hub.bytesPerSecond = undefined;
  }
  strictEqual(await exists(join(box.modelsDir, LARGE, LARGE_PATH)), false);
  const resumed = succeed("mm pull", await box.run(["pull", LARGE, "--json"], start));
  const { results: [result] } = readDocument<
    { readonly results: readonly { readonly bytesFetched: number }[] }
  >(resumed);
  if (result === undefined || result.bytesFetched >= LARGE_BYTES) throw new Error("it began anew");
}

async function screen({ box }: FormScene, start: RunOptions): Promise<void> {
  const { stdout } = succeed("mm tui", await box.run(["tui", "--plain"], { ...start, stdin: "quit\n" }));
  if (!stdout.includes("Model Manager")) throw new Error(`mm tui said ${JSON.stringify(stdout)}`);
}

async function texts({ box }: FormScene, start: RunOptions): Promise<void> {
  const { stdout } = succeed("mm help", await box.run(["help", "quants"], start));
  if (stdout.length < 500) throw new Error(`mm help quants said ${JSON.stringify(stdout)}`);
  succeed("mm completions", await box.run(["completions", "bash"], start));
}

/** The program starts itself in the background, in the same form. */
async function background({ box }: FormScene, start: RunOptions): Promise<void> {
  try {
    succeed("mm start", await box.run(["start"], start));
    const status = succeed("mm status", await box.run(["status", "--json"], start));
    strictEqual(readDocument<{ readonly running: boolean }>(status).running, true);
  } finally {
    await box.run(["stop"], start);
  }
}

/** Everything that is tried with every form. */
export const TASKS: readonly PackageTask[] = [
  { name: "version", run: version },
  { name: "pull", run: pull },
  { name: "exit code", run: exitCodes },
  { name: "Ctrl+C", run: interrupt },
  { name: "tui", run: screen },
  { name: "help", run: texts },
  { name: "daemon", run: background },
];
