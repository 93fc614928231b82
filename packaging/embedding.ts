/**
 * The program put into a binary, and what has to be in there.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Embedded, PACKAGES, packagesIn, readEmbedded } from "./embedded.ts";
import { missingFiles } from "./loaded_files.ts";
import { withoutPackages } from "./lock_file.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Packages of `deno.json` that the program itself does not use. */
export const DEVELOPMENT_PACKAGES: readonly string[] = ["@huggingface/hub", "@types/react", "fast-check"];

/** Folders whose files have no place in a binary. */
const DEVELOPMENT_FOLDERS = /^(?:bench|dist|packaging|tests)\//;

/** What a command of Deno said, and whether it succeeded. */
export interface DenoOutcome {
  readonly succeeded: boolean;
  /** Both streams, without colours. */
  readonly output: string;
}

/** Runs Deno in the source tree. */
export async function runDeno(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<DenoOutcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { succeeded: success, output: decoder.decode(stderr) + decoder.decode(stdout) };
}

/** What a binary is made with. */
export interface CompileOptions {
  readonly output: string;
  /** @default the machine itself */
  readonly target?: string;
  /** Takes the place of Deno's base binary. */
  readonly base?: string;
}

/** `deno compile`, with everything that this program needs; files to include stand in `deno.json`. */
export async function compileProgram({ output, target, base }: CompileOptions): Promise<DenoOutcome> {
  const folder = await mkdtemp(join(tmpdir(), "mm-compile-"));
  try {
    const lock = join(folder, "deno.lock");
    await writeFile(
      lock,
      withoutPackages(await readFile(join(ROOT, "deno.lock"), "utf8"), DEVELOPMENT_PACKAGES),
    );
    const args = ["compile", "--allow-all", "--unstable-kv", "--no-check", "--exclude-unused-npm"];
    if (target !== undefined) args.push("--target", target);
    args.push("--lock", lock, "--app-name", "mm", "--output", output, "main.ts");
    return await runDeno(args, base === undefined ? {} : { DENORT_BIN: base });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A program that something can be put into, where Deno's base cannot be had: it will not run, but it can be read. */
function standIn(): string {
  return Deno.build.os === "linux" && existsSync("/bin/true") ? "/bin/true" : Deno.execPath();
}

/** How {@link rehearse} went. */
export interface Rehearsal extends DenoOutcome {
  /** What would be in the binary; nothing when it failed. */
  readonly embedded?: Embedded;
}

/** Puts the program into something that is no base, and reads it back: everything of a compilation but the base. */
export async function rehearse(): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), "mm-rehearsal-"));
  try {
    const output = join(folder, Deno.build.os === "windows" ? "mm.exe" : "mm");
    const outcome = await compileProgram({ output, base: standIn() });
    return outcome.succeeded ? { ...outcome, embedded: readEmbedded(await readFile(output)) } : outcome;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a file is one of this program's, and not a package's. */
function isOwn(path: string): boolean {
  return !path.startsWith(PACKAGES);
}

/** The unstable features of Deno that `deno.json` enables, without which the program does not work as it should. */
async function wantedFeatures(): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, "deno.json"), "utf8");
  return (JSON.parse(text) as { readonly unstable: readonly string[] }).unstable;
}

function wrongSettings({ settings }: Embedded, features: readonly string[]): string[] {
  const problems: string[] = [];
  if (settings.entrypoint !== "main.ts") problems.push(`The main module is ${settings.entrypoint}`);
  for (const name of features) {
    if (!settings.features.includes(name)) problems.push(`Deno's feature "${name}" is not enabled`);
  }
  for (const name of ["env", "ffi", "net", "read", "run", "sys", "write"]) {
    if (!settings.allowed.includes(name)) problems.push(`The permission "${name}" is not given`);
  }
  return problems;
}

/** What is wrong with a binary: one text each. */
export async function problemsOf(embedded: Embedded): Promise<readonly string[]> {
  const { files } = embedded;
  const own = [...files].filter(([path]) => isOwn(path));
  const sources = new Map(
    own.filter(([path]) => /\.tsx?$/.test(path))
      .map(([path, file]) => [path, new TextDecoder().decode(file.read())]),
  );
  const unwanted = packagesIn(files.keys())
    .filter((name) => DEVELOPMENT_PACKAGES.includes(name) || name.startsWith("@types/"));
  return [
    ...wrongSettings(embedded, await wantedFeatures()),
    ...missingFiles(sources, (path) => files.has(path)),
    ...own.filter(([path]) => DEVELOPMENT_FOLDERS.test(path)).map(([path]) =>
      `${path} is only for developers`
    ),
    ...own.filter(([path, file]) => sources.has(path) && !file.isTranslated)
      .map(([path]) => `${path} is there as text only: a binary cannot translate it`),
    ...unwanted.map((name) => `The package ${name} is only for developers`),
  ];
}

/** What is in a binary, in one line. */
export function describe({ files }: Embedded): string {
  const sizeBytes = [...files.values()].reduce((sum, file) => sum + file.sizeBytes, 0);
  const own = [...files.keys()].filter(isOwn).length;
  const megabytes = (sizeBytes / 1e6).toFixed(1);
  return `${own} files of the program and ${packagesIn(files.keys()).length} packages, ${megabytes} MB`;
}
