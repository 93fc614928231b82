import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { Looks } from "../../../core/library/looks.ts";

Deno.test("Looks.attempt() notes what could not be looked at, and goes on", async () => {
  const looks = new Looks();
  const failure = new ModelManagerError("PERMISSION_ERROR", "Cannot read");
  strictEqual(await looks.attempt(() => Promise.reject(failure)), undefined);
  strictEqual(await looks.attempt(() => Promise.resolve(3)), 3);
  deepStrictEqual(looks.problems, [failure]);
});

Deno.test("Looks.attempt() does not hide a bug", async () => {
  await rejects(
    new Looks().attempt(() => Promise.reject(new TypeError("undefined is not a function"))),
    TypeError,
  );
});
