/**
 * A manifest that is broken in the middle of an edit: the last good one stays in force, also over a restart, and that is
 * said where people look.
 *
 * @module
 */
import { match, ok, strictEqual } from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "../../core/platform/kv.ts";
import { ScheduleStore } from "../../core/state/schedules.ts";
import { openDaemonBox } from "../support/daemon_box.ts";
import { startE2eHub, TINY } from "../support/e2e_hub.ts";
import { exists, readDocument, waitUntil } from "../support/run_program.ts";

const NAME = "wanted";

Deno.test("a broken manifest is said in mm status and mm schedule list, and what it said before is fetched after a restart", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  const manifest = join(box.work, "models.json");
  const good = JSON.stringify({ models: [{ name: `${TINY}:Q4_K_M` }] });
  /** One run, by a daemon that is started for it. */
  const runOnce = async (): Promise<void> => {
    {
      await using opened = await openStore(join(box.stateDir, "state.kv"));
      const store = new ScheduleStore(opened.kv);
      const entry = await store.get(NAME);
      ok(entry !== undefined);
      const { last: _, ...schedule } = entry.schedule;
      const handledUntil = new Date(Date.now() - 5 * 86_400_000).toISOString();
      ok(await store.replace(entry, { ...schedule, handledUntil }) !== undefined);
    }
    strictEqual((await box.run(["start"])).code, 0);
    await waitUntil("it has run", async () => {
      const listed = await box.run(["schedule", "list", "--json"]);
      return readDocument<{ schedules: { last: unknown }[] }>(listed).schedules[0]?.last !== null;
    });
  };
  const problems = async (): Promise<readonly { part: string; message: string }[]> =>
    readDocument<{ problems: { part: string; message: string }[] }>(await box.run(["status", "--json"]))
      .problems;

  await writeFile(manifest, good);
  strictEqual((await box.run(["schedule", "create", "--time", "03:00", "--name", NAME])).code, 0);
  await runOnce();
  strictEqual((await problems()).length, 0);
  strictEqual((await box.run(["stop"])).code, 0);

  const file = join(box.modelsDir, TINY, "tiny-Q4_K_M.gguf");
  await rm(file);
  await writeFile(manifest, good.slice(0, 25));
  await runOnce();
  ok(await exists(file), "what was wanted before is wanted");
  const [problem] = await problems();
  strictEqual(problem?.part, `schedule ${NAME}`);
  match(problem.message, /models\.json": line 1, column \d+: .*: what it said before was fetched/);
  match((await box.run(["status"])).stderr, /warning: schedule wanted: Cannot use/);
  match((await box.run(["schedule", "list"])).stdout, /completed, but: Cannot/);
  strictEqual((await box.run(["stop"])).code, 0);

  await writeFile(manifest, good);
  await runOnce();
  strictEqual((await problems()).length, 0, "all is well again");
  strictEqual((await box.run(["stop"])).code, 0);
});
