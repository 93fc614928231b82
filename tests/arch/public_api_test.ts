import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "./source_scan.ts";

interface DocDefinition {
  readonly kind: string;
  readonly def?: {
    readonly methods?: readonly DocMember[];
    readonly properties?: readonly DocMember[];
    /** Of an interface, a list of what it adds to; of a class, a name. */
    readonly extends?: string | readonly { readonly repr: string }[];
  };
}

interface DocMember {
  readonly name: string;
  readonly accessibility?: string | null;
  readonly optional?: boolean;
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly DocDefinition[];
}

async function documentation(file: string): Promise<DocSymbol[]> {
  const { stdout } = await promisify(execFile)(Deno.execPath(), ["doc", "--json", file], {
    cwd: ROOT,
    maxBuffer: 2 ** 28,
  });
  const document: { readonly nodes: Readonly<Record<string, { readonly symbols: DocSymbol[] }>> } = JSON
    .parse(
      stdout,
    );
  return Object.values(document.nodes).flatMap(({ symbols }) => symbols);
}

/** With those that an interface has from other exports. */
function membersOf({ def }: DocDefinition, all: readonly DocSymbol[]): string[] {
  const bases = typeof def?.extends === "object" ? def.extends.map(({ repr }) => repr) : [];
  return [
    ...all.filter(({ name }) => bases.includes(name))
      .flatMap(({ declarations }) => declarations.flatMap((one) => membersOf(one, all))),
    ...(def?.properties ?? []).map((member) => `${member.name}${member.optional ? "?" : ""}`),
    ...(def?.methods ?? []).map((member) => `${member.name}()`),
  ];
}

/** `class Name: a b? c()`, one line an export. */
function describe({ name, declarations }: DocSymbol, all: readonly DocSymbol[]): string[] {
  return declarations.map((declaration) => {
    const { kind } = declaration;
    const members = membersOf(declaration, all).filter((member) => !member.startsWith("["));
    const list = [...new Set(members)].sort().join(" ");
    return `${kind} ${name}${list === "" ? "" : `: ${list}`}`;
  });
}

Deno.test("mod.ts exports what it promised", async (t) => {
  const all = await documentation("mod.ts");
  const lines = all.flatMap((symbol) => describe(symbol, all));
  assert.ok(lines.length > 0, "mod.ts exports something");
  await t.assertSnapshot([...new Set(lines)].sort());
});

Deno.test("importing mod.ts opens nothing, prints nothing and needs no permission", () => {
  const url = new URL("../../mod.ts", import.meta.url).href;
  const { status, stdout, stderr } = spawnSync(
    Deno.execPath(),
    ["run", "--no-check", "--no-prompt", "--quiet", "-"],
    { cwd: ROOT, input: `import ${JSON.stringify(url)};`, encoding: "utf8" },
  );
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
});
