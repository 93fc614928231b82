import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { latestOnly, oneAtATime } from "../../../cli/tui/asking.ts";

Deno.test("latestOnly() drops the answers to earlier questions, in whatever order they come", async () => {
  const waiting: ((answer: string) => void)[] = [];
  const taken: string[] = [];
  const ask = latestOnly(
    () => new Promise<string>((resolve) => waiting.push(resolve)),
    (answer) => taken.push(answer),
  );
  const both = [ask(), ask()];
  waiting[1]?.("new");
  waiting[0]?.("old");
  await Promise.all(both);
  deepStrictEqual(taken, ["new"]);
});

Deno.test("oneAtATime() does nothing while something is being done, and goes on after a failure", async () => {
  const once = oneAtATime();
  let runs = 0;
  const { promise, reject } = Promise.withResolvers<void>();
  const first = once(() => (runs++, promise));
  await once(() => Promise.resolve(void runs++));
  strictEqual(runs, 1);
  reject(new Error("no"));
  await rejects(first, /no/);
  await once(() => Promise.resolve(void runs++));
  strictEqual(runs, 2);
});
