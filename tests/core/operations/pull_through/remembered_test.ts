import { rejects, strictEqual } from "node:assert/strict";
import { Remembered } from "../../../../core/operations/pull_through/remembered.ts";
import { TestClock } from "../../../support/test_clock.ts";

Deno.test("Remembered asks once for all who wait, and again when the answer is old", async () => {
  const clock = new TestClock();
  const answers = new Remembered<number>({ clock, keepMs: () => 1000 });
  let asked = 0;
  const pending = Promise.withResolvers<number>();
  const both = [
    answers.get("a", () => (asked++, pending.promise)),
    answers.get("a", () => Promise.resolve(0)),
  ];
  pending.resolve(7);
  strictEqual((await Promise.all(both)).join(), "7,7");
  strictEqual(asked, 1);
  await clock.advance(999);
  strictEqual(await answers.get("a", () => Promise.resolve(8)), 7);
  await clock.advance(1);
  strictEqual(await answers.get("a", () => Promise.resolve(8)), 8);
});

Deno.test("Remembered keeps no failure, and no more than it may", async () => {
  const answers = new Remembered<number>({ clock: new TestClock(), keepMs: () => 1000, maxEntries: 2 });
  await rejects(answers.get("a", () => Promise.reject(new Error("no"))));
  strictEqual(await answers.get("a", () => Promise.resolve(1)), 1);
  await answers.get("b", () => Promise.resolve(2));
  await answers.get("c", () => Promise.resolve(3));
  strictEqual(await answers.get("c", () => Promise.resolve(0)), 3);
  strictEqual(await answers.get("a", () => Promise.resolve(9)), 9);
});

Deno.test("Remembered forgets what it is told to, not what is on its way", async () => {
  const answers = new Remembered<number>({ clock: new TestClock(), keepMs: () => 1000 });
  await answers.get("a", () => Promise.resolve(1));
  await answers.get("b", () => Promise.resolve(1));
  const late = Promise.withResolvers<number>();
  const first = answers.get("a2", () => late.promise);
  answers.forget((key) => key.startsWith("a"));
  late.resolve(1);
  strictEqual(await first, 1);
  const again = ["a", "b", "a2"].map((key) => answers.get(key, () => Promise.resolve(2)));
  strictEqual((await Promise.all(again)).join(), "2,1,1");
});
