import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { findJobId, newJobId } from "../../../core/jobs/job_id.ts";

const NOW = Date.UTC(2026, 0, 1);

Deno.test("newJobId() is short, new, and sorts as time does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.double({ min: 0, max: 0.999, noNaN: true })), {
        maxLength: 60,
      }),
      (steps) => {
        const ids: string[] = [];
        let nowMs = NOW;
        for (const [stepMs, random] of steps) {
          nowMs += stepMs;
          ids.push(newJobId(new Set(ids), { nowMs, random }));
        }
        strictEqual(new Set(ids).size, ids.length);
        deepStrictEqual([...ids].sort(), ids);
        for (const id of ids) match(id, /^[0-9a-hjkmnp-tv-z]{8}$/);
      },
    ),
  );
});

Deno.test("newJobId() is new, too, when the clock was set back or stands at its beginning", () => {
  const first = newJobId(new Set(), { nowMs: NOW, random: 0.9 });
  const second = newJobId(new Set([first]), { nowMs: NOW - 5_000, random: 0.9 });
  ok(second < first);
  match(newJobId(new Set(), { nowMs: 0, random: 0 }), /^0{8}$/);
});

Deno.test("findJobId() takes an id, a beginning of only one, and letters that look like digits", () => {
  const ids = ["1rtd6q77", "1rtd6q78", "2bbbbbbb"];
  strictEqual(findJobId("1rtd6q77", ids), "1rtd6q77");
  strictEqual(findJobId("2", ids), "2bbbbbbb");
  strictEqual(findJobId(" 1RTD6Q78 ", ids), "1rtd6q78");
  strictEqual(findJobId("lrtd6q78", ids), "1rtd6q78");
  strictEqual(findJobId("12", ["12", "123"]), "12");
});

Deno.test("findJobId() names ids that are near, and those that begin like that", () => {
  const ids = ["1rtd6q77", "1rtd6q78", "2bbbbbbb"];
  const failing = (text: string) => (check: (code: string, hints: readonly string[]) => void) =>
    throws(() => findJobId(text, ids), (error) => {
      ok(isModelManagerError(error));
      check(error.code, error.hints);
      return true;
    });
  failing("1rtd6q79")((code, hints) => {
    strictEqual(code, "NOT_FOUND");
    match(hints[0] ?? "", /^Did you mean 1rtd6q7[78] or 1rtd6q7[78]\?$/);
  });
  failing("1r")((code, hints) => {
    strictEqual(code, "USAGE_ERROR");
    match(hints[0] ?? "", /1rtd6q77, 1rtd6q78/);
  });
  failing("nothing")((code, hints) => deepStrictEqual([code, hints.length], ["NOT_FOUND", 1]));
  failing("")((code) => strictEqual(code, "NOT_FOUND"));
});
