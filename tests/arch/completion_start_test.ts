/**
 * Somebody who presses Tab waits: what an answer loads is counted, so that an import too many does not slip in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { scanFiles } from "./source_scan.ts";

const files = new Map(scanFiles(["core", "cli", "main.ts"]).map((scan) => [scan.path, scan]));

/** All that is loaded with a file, without what is imported later. */
function loadedWith(...start: readonly string[]): ReadonlySet<string> {
  const found = new Set(start);
  for (const path of found) {
    for (const { kind, target } of files.get(path)?.imports ?? []) if (kind === "value") found.add(target);
  }
  return found;
}

/** Modules of Node that take as long as all the rest to load. */
const SLOW = /^node:(?:fs|fs\/promises|crypto|zlib|child_process|http|https|stream|os|util)$/;

function slow(loaded: ReadonlySet<string>): readonly string[] {
  return [...loaded].filter((target) =>
    target.startsWith("npm:") || SLOW.test(target) || !/[:.]/.test(target)
  );
}

Deno.test("completing a command loads next to nothing", () => {
  const loaded = loadedWith("main.ts", "cli/completion/answer.ts");
  assert.ok(loaded.has("cli/completion/command_text.ts"), "the imports are followed");
  assert.deepEqual(slow(loaded), []);
  assert.ok(loaded.size <= 30, `${loaded.size} modules: ${[...loaded].join(" ")}`);
});

Deno.test("completing what is on this machine loads no package, and no module that takes long", () => {
  const rooms = [...files.keys()].filter((path) => path.startsWith("core/operations/completion/"));
  // It reads the manifest, when there is one.
  const loaded = loadedWith(...rooms, "core/config/load_settings.ts", "core/platform/environment.ts");
  assert.ok(loaded.has("core/platform/kv_reader.ts"), "the imports are followed");
  assert.deepEqual(slow(loaded), []);
  assert.ok(loaded.size <= 70, `${loaded.size} modules: ${[...loaded].join(" ")}`);
});
