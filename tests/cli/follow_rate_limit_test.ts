import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelManager } from "../../core/operations/model_manager.ts";
import { type CliRun, runTestCli } from "../support/run_cli.ts";
import { settle, TestClock } from "../support/test_clock.ts";

interface Scene {
  /** Writes settings, lets seconds pass, until there is news if there is to be, and tells what the limit was set to. */
  readonly change: (
    text: string,
    expected: { readonly news: boolean },
  ) => Promise<readonly (number | string | undefined)[]>;
  /** Lets seconds pass, with one look at the end of them. */
  readonly pass: (seconds: number) => Promise<void>;
}

/** A pull during which something happens to the settings, which begin with a limit of 4 MB/s. */
async function pullWhile(
  args: readonly string[],
  happens: (scene: Scene) => Promise<void>,
): Promise<CliRun> {
  const clock = new TestClock();
  const set: (number | string | undefined)[] = [];
  let config = "";
  const change: Scene["change"] = async (text, { news }) => {
    const before = set.length;
    await writeFile(join(config, "config.json"), text);
    const looks = news ? 10_000 : 3;
    for (let look = 0; look < looks && set.length === before; look++) {
      await clock.advance(1_000);
      // The file is read by a real thread.
      await settle(20);
    }
    return set;
  };
  const pass: Scene["pass"] = async (seconds) => {
    clock.jumpTo(clock.now() + seconds * 1_000);
    await clock.advance(1_000);
    await settle(20);
  };
  const manager: Partial<ModelManager> = {
    setRateLimit: (limit) => void set.push(limit),
    async *pull() {
      await happens({ change, pass });
      yield* [];
      return [];
    },
  };
  return await runTestCli(["pull", "acme/x", ...args], {
    manager,
    clock,
    files: { "config/config.json": '{"download": {"limit_rate": "4M"}}' },
    onCreate: ({ directories }) => config = directories.config,
  });
}

Deno.test("followRateLimit() applies what the settings say while a pull runs", async () => {
  const run = await pullWhile([], async ({ change }) => {
    assert.deepEqual(await change('{"download": {"limit_rate": "4M"}}', { news: false }), []);
    assert.deepEqual(await change('{"download": {"limit_rate": "12M"}}', { news: true }), [12_000_000]);
    assert.deepEqual(
      await change('{"download": {"lim', { news: false }),
      [12_000_000],
      "a file that is being edited",
    );
    assert.deepEqual(await change("{}", { news: true }), [12_000_000, undefined]);
  });
  assert.match(run.stderr, /^The rate is now limited to 12\.0 MB\/s\nThe rate is no longer limited\n/);
});

Deno.test("followRateLimit() leaves a pull alone that has a limit of its own", async () => {
  await pullWhile(["--limit-rate", "1M"], async ({ change }) => {
    assert.deepEqual(await change('{"download": {"limit_rate": "12M"}}', { news: false }), []);
  });
});

Deno.test("followRateLimit() hands on a timetable, and says when its limit changes", async () => {
  // Half an hour later it is another limit, whatever the zone of this machine.
  const now = new Date(new TestClock().now() + 30 * 60_000);
  const time = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
  const before = new Date(now.getTime() - 3_600_000);
  const earlier = `${String(before.getHours()).padStart(2, "0")}:${
    String(before.getMinutes()).padStart(2, "0")
  }`;
  const table = `${earlier},2M ${time},10M`;
  const run = await pullWhile([], async ({ change, pass }) => {
    assert.deepEqual(await change(`{"download": {"limit_rate": "${table}"}}`, { news: true }), [table]);
    await pass(31 * 60);
    assert.deepEqual(await change(`{"download": {"limit_rate": "${table}"}}`, { news: false }), [table]);
  });
  assert.match(run.stderr, /^The rate is now limited to 2\.00 MB\/s, until \w+ [-\d]+ \d\d:\d\d\n/);
  assert.match(run.stderr, /\nThe rate is now limited to 10\.0 MB\/s, until /);
});
