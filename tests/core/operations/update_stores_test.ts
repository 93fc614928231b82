import assert from "node:assert/strict";
import { updateInterval, updateStores } from "../../../core/operations/update_stores.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const HOUR = 3_600_000;

Deno.test("updateInterval() is what the settings say, and never while offline", () => {
  const interval = (check_frequency: string, check = true, offline = false): number | undefined =>
    updateInterval({ updates: { check }, check_frequency }, { offline });
  assert.equal(interval("hourly"), HOUR);
  assert.equal(interval("daily"), 24 * HOUR);
  assert.equal(interval("weekly"), 7 * 24 * HOUR);
  assert.equal(interval("monthly"), 30 * 24 * HOUR);
  assert.equal(interval("never"), undefined);
  assert.equal(interval("daily", false), undefined);
  assert.equal(interval("daily", true, true), undefined);
});

Deno.test("updateStores() opens no store for a list unless there is one on this machine", async () => {
  await using dir = await makeTempDir();
  const opened: string[] = [];
  const stores = (isFile: boolean, location: string) =>
    updateStores({
      clock: new TestClock(),
      endpoint: "https://hub.test",
      modelsDir: "/models",
      store: {
        isFile,
        location,
        open: () => {
          opened.push(location);
          return Promise.resolve({} as Deno.Kv);
        },
      },
    });
  const path = await dir.write("state.kv", "");
  assert.equal(await stores(true, dir.join("none.kv")).updatesIfKept(), undefined);
  assert.equal(await stores(false, "https://kv.test").updatesIfKept(), undefined);
  assert.deepEqual(opened, []);
  assert.ok(await stores(true, path).updatesIfKept());
  assert.ok(await stores(false, "https://kv.test").updates());
  assert.deepEqual(opened, [path, "https://kv.test"]);
});
