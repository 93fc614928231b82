import { deepStrictEqual } from "node:assert/strict";
import { loadedFiles, missingFiles } from "../../packaging/loaded_files.ts";

Deno.test("loadedFiles() leaves alone what a packager sees itself", () => {
  const text = `
    import { a } from "./a.ts";
    // await import(path); new Worker(url)
    /** Like import(path). */
    type B = typeof import("./b.ts");
    const c = await import("./c.ts");
    const d = await import(
      "./d.ts"
    );
  `;
  deepStrictEqual(loadedFiles("cli/x.ts", text), { paths: [], unknown: [] });
});

Deno.test("loadedFiles() names what a computed import, a thread or an address loads", () => {
  const computed =
    'load("../tui/run_tui.tsx"); const load = (p) => import(new URL(p, import.meta.url).href);';
  deepStrictEqual(loadedFiles("cli/commands/tui.ts", computed).paths, ["cli/tui/run_tui.tsx"]);
  const thread = 'new Worker(new URL("./a_worker.ts", import.meta.url), { type: "module" })';
  deepStrictEqual(loadedFiles("workers/spawn.ts", thread).paths, ["workers/a_worker.ts"]);
  const text = 'readTextFile(new URL("../docs/page.md", import.meta.url))';
  deepStrictEqual(loadedFiles("cli/help.ts", text).paths, ["docs/page.md"]);
  deepStrictEqual(loadedFiles("cli/help.ts", 'import.meta.resolve("./x.json")').paths, ["cli/x.json"]);
});

Deno.test("loadedFiles() says where something is loaded that it cannot name", () => {
  const text = "const a = 1;\n// import(b)\nexport const load = (path) => import(path);\nnew Worker(url);";
  deepStrictEqual(loadedFiles("core/x.ts", text), { paths: [], unknown: [3, 4] });
  deepStrictEqual(loadedFiles("core/x.ts", "import(`./${name}.ts`)").unknown, [1]);
});

Deno.test("missingFiles() wants what is loaded, in its own form or in the packed one", () => {
  const sources = new Map([
    [
      "workers/spawn.ts",
      'new Worker(new URL("./w.js", import.meta.url)); new URL("./w.ts", import.meta.url)',
    ],
    ["cli/tui.ts", 'load("./screen.tsx"); import(new URL(path, import.meta.url).href)'],
    ["core/x.ts", "import(name)"],
  ]);
  deepStrictEqual(missingFiles(sources, (path) => path === "workers/w.ts"), [
    "cli/tui.ts loads cli/screen.tsx, which is not included",
    "core/x.ts:1 loads a file whose name does not stand in it",
  ]);
  deepStrictEqual(missingFiles(new Map([["a.ts", 'import("./b.ts")']]), () => false), []);
});
