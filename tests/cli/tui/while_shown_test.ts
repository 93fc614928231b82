import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { whileShown } from "../../../cli/tui/while_shown.ts";
import { settle, TestClock } from "../../support/test_clock.ts";
import { FakeShell } from "../../support/tui_screens.ts";

function bench(look: () => Promise<void>) {
  const [clock, shell, ended] = [new TestClock(), new FakeShell(), new AbortController()];
  return {
    clock,
    shell,
    ended,
    work: whileShown({ clock, shell, signal: ended.signal }, { look, everyMs: 1_000 }),
  };
}

Deno.test("whileShown() looks again and again until the screen is left, and once only", async () => {
  let looks = 0;
  const { clock, work, ended } = bench(() => Promise.resolve(void looks++));
  deepStrictEqual([work.begin(), work.begin()], [true, false]);
  await clock.advance(3_000);
  strictEqual(looks, 3);
  work.end();
  await settle();
  strictEqual(clock.sleeping, 0);
  work.begin();
  await clock.advance(1_000);
  strictEqual(looks, 4);
  ended.abort();
  await settle();
  strictEqual(clock.sleeping, 0);
});

Deno.test("whileShown() looks less often where each look takes long", async () => {
  let looks = 0;
  const { clock, work } = bench(async () => {
    looks++;
    await clock.sleep(500);
  });
  work.begin();
  await clock.advance(1_500);
  strictEqual(looks, 1);
  await clock.advance(9_000);
  strictEqual(looks, 1, "a twentieth of the time at most");
  await clock.advance(1_000);
  strictEqual(looks, 2);
  work.end();
});

Deno.test("whileShown() says what goes wrong, and looks no more", async () => {
  let looks = 0;
  const { clock, shell, work } = bench(() => Promise.reject(new Error(`look ${++looks}`)));
  work.begin();
  await clock.advance(5_000);
  strictEqual(looks, 1);
  strictEqual(shell.failed.length, 1);
  strictEqual(clock.sleeping, 0);
});
