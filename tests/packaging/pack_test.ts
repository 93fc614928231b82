import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { completeManifest } from "../../packaging/pack.ts";
import { listFiles } from "../arch/source_scan.ts";

Deno.test("completeManifest() adds the command, the Deno that runs it and the peer of a dependency", () => {
  const manifest = completeManifest(
    { name: "@model-manager/mm", version: "1.2.3", type: "module", dependencies: { yaml: "^2.0.0" } },
    { denoVersion: "2.9.6", imports: { commander: "npm:commander@^15.1.0" } },
  );
  deepStrictEqual(manifest.dependencies, { commander: "^15.1.0", deno: "^2.9.6", yaml: "^2.0.0" });
  deepStrictEqual(Object.keys(manifest.dependencies), ["commander", "deno", "yaml"]);
  deepStrictEqual(manifest["bin"], { mm: "./bin/mm.mjs" });
  strictEqual(manifest["type"], "module");
  strictEqual(manifest.version, "1.2.3");
  match(String(manifest["description"]), /models/);
});

Deno.test("every module that is loaded by a computed address is found in the packed form, where it is a .js file", () => {
  const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const loaders = listFiles(["core", "workers", "cli"], /\.tsx?$/).filter((path) =>
    /\bnew Worker\(|\bawait import\((?!\s*["'])/.test(read(path))
  );
  deepStrictEqual(loaders, ["cli/commands/tui.ts", "workers/spawn.ts"]);
  for (const path of loaders) match(read(path), /import\.meta\.url\.endsWith\("\.js"\)/, path);
});
