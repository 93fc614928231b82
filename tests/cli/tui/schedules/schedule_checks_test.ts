import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import * as rules from "../../../../core/daemon/mod.ts";
import {
  nameProblem,
  problemOf,
  readLimit,
  referencesProblem,
  splitReferences,
  timingProblem,
} from "../../../../cli/tui/schedules/schedule_checks.ts";
import { NOW_MS } from "./schedules_fixtures.ts";

const by = { rules, nowMs: NOW_MS };

Deno.test("timingProblem() says what is wrong with times as mm schedule create does, without its options", () => {
  strictEqual(timingProblem({ type: "daily", time: "23:00" }, by), undefined);
  match(timingProblem({ type: "daily", time: "25:00" }, by) ?? "", /^It is "25:00": wanted a time of day/);
  match(timingProblem({ type: "daily", time: "23:00", until: "23:00" }, by) ?? "", /is empty$/);
  match(timingProblem({ type: "cron", cron: "0 99 * * *" }, by) ?? "", /hour is out of range/);
  match(timingProblem({ type: "cron", cron: "0 0 31 2 *" }, by) ?? "", /is never due/);
  match(timingProblem({ type: "cron", cron: "" }, by) ?? "", /wanted five fields/);
});

Deno.test("referencesProblem() looks at each reference", () => {
  deepStrictEqual(splitReferences(" acme/a:Q4  acme/b,acme/c "), ["acme/a:Q4", "acme/b", "acme/c"]);
  strictEqual(
    referencesProblem("acme/a:Q4_K_M https://huggingface.co/acme/b", ["huggingface.co"]),
    undefined,
  );
  match(referencesProblem("acme/a not-one/of/us/at/all", []) ?? "", /not-one/);
  match(referencesProblem("  ", []) ?? "", /at least one/);
});

Deno.test("readLimit() tells nothing from no limit", () => {
  deepStrictEqual(readLimit(" "), {});
  deepStrictEqual(readLimit("off"), { limitBytesPerSecond: null });
  deepStrictEqual(readLimit("5M"), { limitBytesPerSecond: 5_000_000 });
  match(problemOf(() => readLimit("fast")) ?? "", /"fast"/);
});

Deno.test("nameProblem() refuses names that are taken and those that cannot be", () => {
  const options = { rules, taken: ["nightly"] };
  strictEqual(nameProblem("weekend", options), undefined);
  match(nameProblem(" nightly ", options) ?? "", /already$/);
  match(nameProblem("../x", options) ?? "", /cannot be called/);
  match(nameProblem("", options) ?? "", /cannot be called/);
});
