/**
 * A damaged state file or registry: what can be read is saved, and a person is told, in whatever form the first command
 * after it was wanted.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type E2eHub, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { type FinishedProgram, openSandbox, readDocument, type Sandbox } from "../support/run_program.ts";

const PAGE = 4096;

function openBox(hub: E2eHub): Promise<Sandbox> {
  return openSandbox({ HF_ENDPOINT: hub.endpoint });
}

async function run(box: Sandbox, ...args: readonly string[]): Promise<FinishedProgram> {
  const finished = await box.run(args);
  strictEqual(finished.code, 0, finished.stdout + finished.stderr);
  return finished;
}

interface State {
  readonly jobs: readonly unknown[];
  readonly records: readonly unknown[];
}

async function stateOf(box: Sandbox): Promise<State> {
  const { jobs } = readDocument<{ jobs: unknown[] }>(await run(box, "queue", "list", "--json"));
  const { records } = readDocument<{ records: unknown[] }>(await run(box, "history", "list", "--json"));
  return { jobs, records };
}

function warnings({ stderr }: FinishedProgram): string[] {
  return stderr.split("\n").filter((line) => line.startsWith("warning:"));
}

Deno.test("queue and history survive a damaged page of the state, and that is said once, with --json too", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await run(box, "pull", `${TINY}:Q4_K_M`);
  await run(box, "queue", "add", `${TINY}:Q8_0`);
  const before = await stateOf(box);
  strictEqual(before.jobs.length, 1);
  strictEqual(before.records.length, 1);
  const path = join(box.stateDir, "state.kv");
  const whole = await readFile(path);
  // The page that begins the file, one of a table that is not ours, and the list of what expires.
  for (const [page, form] of [[0, "--json"], [1, "--quiet"], [8, "--json"]] as const) {
    const damaged = Uint8Array.from(whole);
    crypto.getRandomValues(damaged.subarray(page * PAGE, (page + 1) * PAGE));
    await writeFile(path, damaged);
    const first = await run(box, "queue", "list", form);
    strictEqual(warnings(first).length, 1, `page ${page}: ${first.stderr}`);
    match(
      first.stderr,
      /^warning: The state file was damaged: \d+ records were saved, what could not be read is in "/,
    );
    deepStrictEqual(await stateOf(box), before, `page ${page}`);
    strictEqual((await run(box, "queue", "list")).stderr.includes("damaged"), false, "said once");
  }
});

Deno.test("a program in the background leaves it to the next command to tell of the damage", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await run(box, "pull", `${TINY}:Q4_K_M`);
  await writeFile(join(box.stateDir, "state.kv"), "hello world, this is no database");
  const registry = join(box.modelsDir, "registry.json");
  const text = await readFile(registry, "utf8");
  await writeFile(registry, text.slice(0, -4));
  const background = await box.run(["update", "--check", "--quiet"], { env: { MM_BACKGROUND: "1" } });
  strictEqual(background.stderr, "");
  const next = warnings(await run(box, "list", "--quiet"));
  strictEqual(next.length, 2, next.join("\n"));
  ok(next.some((line) => /state file was damaged, and no record could be saved from it/.test(line)));
  ok(next.some((line) => /registry\.json.* put together again from its readable entries/.test(line)));
  deepStrictEqual(warnings(await run(box, "list")), []);
});
