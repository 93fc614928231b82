/**
 * A program taken out of its binary again: Deno runs it from these files, with no other packages than those.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Embedded, PACKAGES } from "../../packaging/embedded.ts";
import { DEVELOPMENT_PACKAGES } from "../../packaging/embedding.ts";
import { withoutPackages } from "../../packaging/lock_file.ts";

/** How it is run. */
export interface ExtractedProgram {
  /** The folder of its files. */
  readonly path: string;
  /** Without the arguments of a person. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Only for type checks, browsers and people: thousands of files. */
const NOT_RUN = /\.[cm]?ts$|\.map$|\.md$|\.flow$|\.min\.js$|\/(?:umd|browser)\//;

const at = (name: string): URL => new URL(`../../${name}`, import.meta.url);

async function usersConfiguration(): Promise<string> {
  const { imports, compilerOptions, ...others } = JSON.parse(await readFile(at("deno.json"), "utf8")) as {
    readonly imports: Readonly<Record<string, string>>;
    readonly compilerOptions: Readonly<Record<string, unknown>>;
  };
  const used = Object.entries(imports).filter(([name]) => !DEVELOPMENT_PACKAGES.includes(name));
  const { jsxImportSourceTypes: _, ...options } = compilerOptions;
  return JSON.stringify({ ...others, imports: Object.fromEntries(used), compilerOptions: options });
}

/** Writes the files of a binary below a folder. */
export async function extractProgram({ files }: Embedded, folder: string): Promise<ExtractedProgram> {
  const path = join(folder, "program");
  const denoDirectory = join(folder, "deno");
  const made = new Set<string>();
  for (const [name, file] of files) {
    const isPackage = name.startsWith(PACKAGES);
    // The older form of a module that is there in the newer one.
    const isDouble = files.has(name.replace(/\.c?js$/, ".mjs")) && /\.c?js$/.test(name);
    if (isPackage && (isDouble || NOT_RUN.test(name))) continue;
    const target = isPackage
      ? join(denoDirectory, "npm", ...name.slice(PACKAGES.length).split("/"))
      : join(path, ...name.split("/"));
    if (!made.has(dirname(target))) mkdirSync(dirname(target), { recursive: true });
    made.add(dirname(target));
    // One by one: so many files take five times as long in the background.
    writeFileSync(target, file.read());
  }
  const registry = [...files.keys()].find((name) => name.startsWith(PACKAGES))?.split("/")[1];
  await writeFile(join(path, "deno.json"), await usersConfiguration());
  const lock = withoutPackages(await readFile(at("deno.lock"), "utf8"), DEVELOPMENT_PACKAGES);
  await writeFile(join(path, "deno.lock"), lock);
  return {
    path,
    command: [Deno.execPath(), "run", "-A", "--quiet", "--cached-only", join(path, "main.ts")],
    env: { DENO_DIR: denoDirectory, NPM_CONFIG_REGISTRY: `http://${registry}/` },
  };
}
