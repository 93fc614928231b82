import { strictEqual } from "node:assert/strict";
import { gatedMark } from "../../../cli/output/model_access.ts";

Deno.test("gatedMark() marks what has to be asked for, and what only its owners see", () => {
  strictEqual(gatedMark({ gated: false, private: false }), "");
  strictEqual(gatedMark({ gated: "auto", private: false }), "gated");
  strictEqual(gatedMark({ gated: "manual", private: false }), "gated");
  strictEqual(gatedMark({ gated: "manual", private: true }), "private");
});
