/**
 * The npm package: what `deno pack` makes of the program, with a start script for Node. `deno task pack` writes it to
 * `dist/`.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type ArchiveFile, readArchive, writeArchive } from "./tar_archive.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** All paths of an npm package begin with it. */
const PREFIX = "package/";
const START_SCRIPT = "bin/mm.mjs";

/** What of `deno.json` is used here. */
interface DenoConfig {
  readonly name: string;
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
}

/** The manifest of an npm package. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** How the package is made. */
export interface PackOptions {
  /** Where the archive goes. */
  readonly directory: string;
  /** Whether declarations for TypeScript are made, which takes most of the time. @default {true} */
  readonly declarations?: boolean;
}

/** The finished package. */
export interface PackedPackage {
  /** Absolute. */
  readonly path: string;
  /** Relative to the package, sorted. */
  readonly files: readonly string[];
  /** Modules that no entry of the program leads to: they were left out. */
  readonly unreached: readonly string[];
  readonly manifest: PackageManifest;
}

function readConfig(): DenoConfig {
  return JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8")) as DenoConfig;
}

/** The range of a dependency as the import map of the program has it. */
function rangeOf(specifier: string): string {
  return specifier.slice(specifier.lastIndexOf("@") + 1);
}

/**
 * Completes the manifest that `deno pack` wrote: what it is, how it is started, and the Deno that runs it.
 *
 * @param packed The manifest as it came.
 */
export function completeManifest(
  packed: PackageManifest,
  { denoVersion, imports }: {
    /** The release that the program was tested with. */
    readonly denoVersion: string;
    readonly imports: Readonly<Record<string, string>>;
  },
): PackageManifest {
  // Wanted by a dependency as its peer, which not every installer adds by itself.
  const peers = { commander: rangeOf(imports["commander"] ?? "") };
  const dependencies = { ...packed.dependencies, ...peers };
  return {
    ...packed,
    description: "Find, download, verify and file AI models from the Hugging Face Hub",
    keywords: ["huggingface", "models", "gguf", "download", "cli", "llama.cpp", "deno"],
    bin: { mm: `./${START_SCRIPT}` },
    engines: { node: ">=20" },
    dependencies: Object.fromEntries(
      Object.entries({ ...dependencies, deno: `^${denoVersion}` }).toSorted(([a], [b]) => a < b ? -1 : 1),
    ),
  };
}

async function denoPack(output: string, declarations: boolean): Promise<void> {
  const args = ["pack", "--allow-dirty", "--no-source-maps", "--output", output];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: declarations ? args : [...args, "--allow-slow-types"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (code === 0) return;
  const decoder = new TextDecoder();
  throw new Error(`deno pack ended with ${code}\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
}

async function startScript(denoVersion: string): Promise<ArchiveFile> {
  const source = await readFile(new URL("./npm_bin.mjs", import.meta.url), "utf8");
  const marked = /^const WANTED_DENO = ".*";$/m;
  if (!marked.test(source)) throw new Error("The start script does not name the Deno it wants");
  const text = source.replace(marked, `const WANTED_DENO = "${denoVersion}";`);
  return { path: `${PREFIX}${START_SCRIPT}`, bytes: new TextEncoder().encode(text), isExecutable: true };
}

function findManifest(files: readonly ArchiveFile[]): PackageManifest {
  const found = files.find(({ path }) => path === `${PREFIX}package.json`);
  if (found === undefined) throw new Error("deno pack made no package.json");
  return JSON.parse(new TextDecoder().decode(found.bytes)) as PackageManifest;
}

/**
 * Makes the npm package of this source tree.
 *
 * @throws {Error} when Deno cannot pack it.
 */
export async function packForNpm({ directory, declarations = true }: PackOptions): Promise<PackedPackage> {
  const { imports, name, version } = readConfig();
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${name.slice(1).replace("/", "-")}-${version}.tgz`);
  const raw = `${path}.raw`;
  await denoPack(raw, declarations);
  const packed = readArchive(await readFile(raw));
  await rm(raw);
  const denoVersion = Deno.version.deno;
  const manifest = completeManifest(findManifest(packed), { denoVersion, imports });
  const added = [
    {
      path: `${PREFIX}package.json`,
      bytes: new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`),
    },
    await startScript(denoVersion),
  ];
  const isUnreached = ({ path }: ArchiveFile): boolean => /(?<!\.d)\.tsx?$/.test(path);
  const kept = packed.filter((file) => !isUnreached(file));
  const unreached = packed.filter(isUnreached).map((file) => file.path.slice(PREFIX.length));
  const files = new Map([...kept, ...added].map((file) => [file.path, file]));
  const sorted = [...files.values()].toSorted((a, b) => a.path < b.path ? -1 : 1);
  await writeFile(path, writeArchive(sorted));
  return { path, manifest, unreached, files: sorted.map((file) => file.path.slice(PREFIX.length)) };
}

async function main(): Promise<void> {
  const { path, files, unreached } = await packForNpm({ directory: join(ROOT, "dist") });
  const { size } = await Deno.stat(path);
  const lines = [
    ...unreached.map((name) => `left out, nothing leads to it: ${name}`),
    `${relative(Deno.cwd(), path)}: ${files.length} files, ${(size / 1e6).toFixed(2)} MB`,
  ];
  Deno.stdout.writeSync(new TextEncoder().encode(`${lines.join("\n")}\n`));
}

if (import.meta.main) await main();
