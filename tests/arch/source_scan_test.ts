import assert from "node:assert/strict";
import { scanSource } from "./source_scan.ts";

const SAMPLE = `
// import x from "./comment.ts"; Deno.openKv();
import type { A } from "./type.ts";
import { type B, c } from "../value.ts";
import { type E, type F } from "./types.ts";
import "./side_effect.ts";
export * from "./all.ts";
export type { G } from "./exported_type.ts";
type T = import("./import_type.ts").T;
await import("./dynamic.ts");
new Worker(new URL("./worker.ts", import.meta.url));
import.meta.resolve("./resolved.ts");
new URL("./not_a_module.ts", "http://a.example");
const text = 'import "./text.ts"; Deno.exit(); console.log()';
let kv: Deno.Kv | typeof Deno.readFile;
class Own implements Deno.Closer { close() {} }
interface Mine extends Deno.Closer {}
const { env } = Deno;
globalThis.Deno.exit();
globalThis["Deno"];
settings.Deno;
console.log(Deno.pid);
`;

Deno.test("scanSource() finds every import and its kind", () => {
  const edges = scanSource("core/base/x.tsx", SAMPLE).imports.map(({ kind, target }) => `${kind} ${target}`);
  assert.deepEqual(edges, [
    "type core/base/type.ts",
    "value core/value.ts",
    "type core/base/types.ts",
    "value core/base/side_effect.ts",
    "value core/base/all.ts",
    "type core/base/exported_type.ts",
    "type core/base/import_type.ts",
    "dynamic core/base/dynamic.ts",
    "url core/base/worker.ts",
    "url core/base/resolved.ts",
  ]);
});

Deno.test("scanSource() finds Deno values, not types, texts or comments", () => {
  const lines = scanSource("core/base/x.ts", SAMPLE).denoValues.map(({ line }) => line);
  assert.deepEqual(lines, [18, 19, 20, 22]);
});

Deno.test("scanSource() finds console and counts lines", () => {
  const scan = scanSource("core/base/x.ts", SAMPLE);
  assert.deepEqual(scan.consoleUses.map(({ line }) => line), [22]);
  assert.equal(scan.lineCount, 22);
});
