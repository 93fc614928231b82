import { deepStrictEqual } from "node:assert/strict";
import { conclude } from "../../packaging/compile.ts";

Deno.test("conclude() fails for what failed, and for a base that is not there only where one is required", () => {
  const lenient = { mustBuild: false };
  deepStrictEqual(conclude(["built", "built"], lenient), { code: 0 });
  deepStrictEqual(conclude(["built", "failed"], lenient), { code: 1 });
  deepStrictEqual(conclude(["no base"], lenient), { code: 0, text: "checked, not built" });
  deepStrictEqual(conclude(["built", "no base"], lenient), { code: 0, text: "1 of 2 checked, not built" });
  deepStrictEqual(conclude(["no base"], { mustBuild: true }), { code: 1, text: "checked, not built" });
  deepStrictEqual(conclude(["no base", "failed"], lenient), { code: 1, text: "1 of 2 checked, not built" });
});
