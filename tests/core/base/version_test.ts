import { strictEqual } from "node:assert/strict";
import { VERSION } from "../../../core/base/version.ts";
import configuration from "../../../deno.json" with { type: "json" };

Deno.test("VERSION is the version in deno.json", () => {
  strictEqual(VERSION, configuration.version);
});
