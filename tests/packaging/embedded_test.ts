import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type Embedded, packagesIn, readEmbedded } from "../../packaging/embedded.ts";
import { describe, problemsOf } from "../../packaging/embedding.ts";

interface FakeFile {
  readonly text: string;
  readonly isTranslated?: boolean;
}

const PERMISSIONS = ["env", "ffi", "import", "net", "read", "run", "sys", "write"];

const SETTINGS = {
  argv: [],
  permissions: Object.fromEntries(PERMISSIONS.map((name) => [`allow_${name}`, []])),
  unstable_config: { features: ["kv", "worker-options"] },
  entrypoint_key: "main.ts",
};

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

/** A binary as `deno compile` makes it, with a marker in its own code as Deno has one. */
function fakeBinary(files: Readonly<Record<string, FakeFile>>, settings: object = SETTINGS): Buffer {
  const data: Buffer[] = [];
  let offset = 0;
  const entryOf = (name: string, { text, isTranslated = true }: FakeFile): object => {
    const bytes = Buffer.from(text);
    const place = [offset, bytes.length];
    data.push(bytes);
    offset += bytes.length;
    return { File: { n: name, o: place, u: true, ...(isTranslated ? { m: place } : {}) } };
  };
  const tree: object[] = [];
  for (const [path, file] of Object.entries(files)) {
    const [name = "", ...folders] = path.split("/").reverse();
    const leaf = entryOf(name, file);
    tree.push(folders.reduce<object>((entry, folder) => ({ Dir: { n: folder, e: [entry] } }), leaf));
  }
  return Buffer.concat([
    Buffer.from("program d3n0l4nd and more code"),
    Buffer.from("d3n0l4ndd3n0l4nd"),
    sized(Buffer.from(JSON.stringify(settings))),
    sized(Buffer.from('names of packages, and [{" among them')),
    sized(Buffer.from(JSON.stringify(tree))),
    sized(Buffer.concat(data)),
    Buffer.from("d3n0l4nd"),
  ]);
}

const FINE: Readonly<Record<string, FakeFile>> = {
  ".deno_compile_node_modules/host/ink/8.0.0/a.js": { text: "ink", isTranslated: false },
  "main.ts": { text: 'import "./workers/spawn.ts"; // é' },
  "workers/spawn.ts": { text: 'new Worker(new URL("./w.ts", import.meta.url))' },
  "workers/w.ts": { text: "self.close()" },
};

function problems(
  files: Readonly<Record<string, FakeFile>>,
  settings: object = SETTINGS,
): Promise<readonly string[]> {
  return problemsOf(readEmbedded(fakeBinary({ ...FINE, ...files }, settings)));
}

Deno.test("readEmbedded() gives settings and files as they were put in", () => {
  const { settings, files }: Embedded = readEmbedded(fakeBinary(FINE));
  deepStrictEqual(settings, {
    entrypoint: "main.ts",
    features: ["kv", "worker-options"],
    allowed: PERMISSIONS,
  });
  deepStrictEqual([...files.keys()], Object.keys(FINE));
  for (const [path, { text, isTranslated = true }] of Object.entries(FINE)) {
    const file = files.get(path);
    strictEqual(new TextDecoder().decode(file?.read()), text);
    strictEqual(file?.isTranslated, isTranslated);
  }
});

Deno.test("readEmbedded() refuses a file without a program", () => {
  throws(() => readEmbedded(Buffer.from("d3n0l4nd, no more")), SyntaxError);
  throws(() => readEmbedded(fakeBinary(FINE).subarray(0, 700)), SyntaxError);
});

Deno.test("packagesIn() names packages once, scoped ones with their scope", () => {
  const packages = ["@a/b/1.0.0/x.js", "@a/b/1.0.0/y.js", "c/2.0.0/x.js"]
    .map((path) => `.deno_compile_node_modules/host/${path}`);
  deepStrictEqual(packagesIn([...packages, "core/d/x.ts"]), ["@a/b", "c"]);
});

Deno.test("problemsOf() finds nothing wrong with a whole program", async () => {
  deepStrictEqual(await problems({}), []);
  strictEqual(describe(readEmbedded(fakeBinary(FINE))), "3 files of the program and 1 packages, 0.0 MB");
});

Deno.test("problemsOf() finds what does not belong in, and what is missing", async () => {
  deepStrictEqual(await problems({ "tests/x_test.ts": { text: "" } }), [
    "tests/x_test.ts is only for developers",
  ]);
  deepStrictEqual(await problems({ "core/x.ts": { text: "", isTranslated: false } }), [
    "core/x.ts is there as text only: a binary cannot translate it",
  ]);
  deepStrictEqual(await problems({ "core/x.ts": { text: "import(name)" } }), [
    "core/x.ts:1 loads a file whose name does not stand in it",
  ]);
  deepStrictEqual(
    await problems({ "cli/x.ts": { text: 'load("./y.tsx"); import(new URL(p, import.meta.url).href)' } }),
    [
      "cli/x.ts loads cli/y.tsx, which is not included",
    ],
  );
  deepStrictEqual(
    await problems({ ".deno_compile_node_modules/host/@types/react/1.0.0/x.d.ts": { text: "" } }),
    [
      "The package @types/react is only for developers",
    ],
  );
});

Deno.test("problemsOf() finds settings that the program does not work with", async () => {
  const { allow_net: _, ...permissions } = SETTINGS.permissions;
  const settings = { ...SETTINGS, permissions, unstable_config: { features: [] }, entrypoint_key: "mod.ts" };
  deepStrictEqual(await problems({}, settings), [
    "The main module is mod.ts",
    'Deno\'s feature "kv" is not enabled',
    'Deno\'s feature "worker-options" is not enabled',
    'The permission "net" is not given',
  ]);
});
