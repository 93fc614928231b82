import assert from "node:assert/strict";
import { recordPull, startItem } from "../../../core/operations/pull_item.ts";
import { HistoryStore } from "../../../core/state/history.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";
import { openOperations } from "./operation_fixture.ts";

Deno.test("recordPull() tells times that fit together when somebody sets the clock meanwhile", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  await using store = await openStore(":memory:");
  for (const jumpMs of [0, -3 * 3_600_000, 3 * 3_600_000]) {
    const clock = new TestClock();
    const history = new HistoryStore(store.kv, { clock });
    const context = { ...operations.context, clock, history: () => Promise.resolve(history) };
    const item = startItem(context, "acme/m");
    await clock.advance(60_000);
    clock.jumpTo(clock.now() + jumpMs);
    await recordPull(context, item);
    const [record] = await history.list({ limit: 1000 }).then((all) =>
      all.filter(({ endedAt }) => Date.parse(endedAt) === clock.now())
    );
    const elapsedMs = Date.parse(record?.endedAt ?? "") - Date.parse(record?.startedAt ?? "");
    assert.ok(elapsedMs >= 60_000, `${elapsedMs} ms`);
    if (jumpMs <= 0) assert.equal(elapsedMs, 60_000);
  }
});
