import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeArchive } from "../../packaging/tar_archive.ts";
import { type JsrRegistry, startJsrRegistry } from "./jsr_registry.ts";

const MOD = `import "./other.ts";\nexport const late = () => import("npm:late@1");\n`;

function upload(registry: JsrRegistry, files: Readonly<Record<string, string>>): Promise<Response> {
  const config = JSON.stringify({ name: "@scope/name", version: "1.0.0", exports: { ".": "./mod.ts" } });
  const all = Object.entries({ "deno.json": config, ...files });
  const body = writeArchive(all.map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) })));
  const url = `${registry.url}api/scopes/scope/packages/name/versions/1.0.0?config=%2Fdeno.json`;
  return fetch(url, { method: "POST", body: body.slice() });
}

Deno.test("startJsrRegistry() serves what was uploaded with checksums, exports and the graph of modules", async () => {
  await using registry = startJsrRegistry();
  const uploaded = await upload(registry, { "mod.ts": MOD, "other.ts": "export {};\n" });
  strictEqual((await uploaded.json()).status, "success");
  const get = (path: string): Promise<Response> => fetch(`${registry.url}@scope/name/${path}`);

  const { latest, versions } = await (await get("meta.json")).json();
  deepStrictEqual([latest, versions], ["1.0.0", { "1.0.0": {} }]);
  const meta = await (await get("1.0.0_meta.json")).json();
  deepStrictEqual(meta.exports, { ".": "./mod.ts" });
  const checksum = `sha256-${createHash("sha256").update(MOD).digest("hex")}`;
  deepStrictEqual(meta.manifest["/mod.ts"], { size: MOD.length, checksum });
  const [first, second] = meta.moduleGraph2["/mod.ts"].dependencies;
  const range = [[0, 7], [0, 19]];
  deepStrictEqual(first, { type: "static", kind: "import", specifier: "./other.ts", specifierRange: range });
  deepStrictEqual([second.type, second.argument], ["dynamic", "npm:late@1"]);
  const served = await get("1.0.0/mod.ts");
  strictEqual(served.headers.get("content-type"), "text/typescript");
  strictEqual(await served.text(), MOD);
  const missing = await get("1.0.0/nothing.ts");
  strictEqual(missing.status, 404);
  await missing.body?.cancel();
});

Deno.test("startJsrRegistry() refuses what the registry would refuse", async () => {
  await using registry = startJsrRegistry();
  const refusals: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ "mod.ts": `import "react";\n` }, /mean nothing to others: \/mod\.ts: react$/],
    [{ "mod.ts": "", "Mod.ts": "" }, /differ in case only/],
    [{ "mod.ts": "", "a b.ts": "" }, /"\/a b\.ts" is not allowed/],
  ];
  for (const [files, message] of refusals) {
    const refused = await upload(registry, files);
    strictEqual(refused.status, 400);
    match((await refused.json()).message, message);
  }
});
