import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Notifier } from "../../../core/base/notifier.ts";
import { wireMachinery } from "../../../core/operations/machinery_wiring.ts";
import { inProcessWorkers } from "../../support/in_process_worker.ts";
import { TestClock } from "../../support/test_clock.ts";

function notices(verify: boolean): string[] {
  const told: string[] = [];
  const notifier = new Notifier<string>();
  notifier.subscribe((message) => told.push(message));
  let started = 0;
  const { spawnWorker } = inProcessWorkers();
  const { pool } = wireMachinery({
    settings: { models_dir: "/models", download: { verify, limit_rate: null } },
    spawnWorker: (kind, access) => {
      started++;
      return spawnWorker(kind, access);
    },
  }, { clock: new TestClock(), settings: { maxConnections: 4 }, notices: notifier });
  pool[Symbol.dispose]();
  strictEqual(started, 0, "no thread without work");
  return told;
}

Deno.test("wireMachinery() starts nothing, and says that files are verified whatever the setting says", () => {
  deepStrictEqual(notices(true), []);
  deepStrictEqual(notices(false), [
    "The setting download.verify is off, but every file is verified before it appears",
  ]);
});
