/**
 * Every package form from empty caches, as a table. `deno task packages [PART OF A NAME] [--write]`
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { packForNpm } from "../../../packaging/pack.ts";
import { startE2eHub } from "../../support/e2e_hub.ts";
import { startJsrRegistry } from "../../support/jsr_registry.ts";
import { filesBelow, openSandbox } from "../../support/run_program.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { LIBRARY_USES } from "./library_uses.ts";
import { type FormScene, type PackageForm, TASKS } from "./package_form.ts";
import { FORMS } from "./package_forms.ts";

const PAGE = new URL("../../../docs/install.md", import.meta.url);
const MARK = { start: "<!-- packages: start -->", end: "<!-- packages: end -->" };

/** What came of one form. */
interface Row {
  readonly name: string;
  readonly installMs: number;
  /** The second `mm --version`, when everything is there. */
  readonly startMs: number;
  readonly diskBytes: number;
  /** By task: nothing when it went well. */
  readonly problems: ReadonlyMap<string, string>;
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function sizeOf(folder: string): Promise<number> {
  let total = 0;
  for (const path of await filesBelow(folder)) total += (await Deno.lstat(`${folder}/${path}`)).size;
  return total;
}

async function attempt(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function createTool(box: FormScene["box"]): FormScene["tool"] {
  return async ([program = "", ...args], env = {}) => {
    const finished = await box.run(args, { command: [program], env });
    if (finished.code === 0) return finished;
    throw new Error(`${program} ${args[0]} ended with ${finished.code}: ${finished.stderr}`);
  };
}

async function playForm(
  form: PackageForm,
  shared: Pick<FormScene, "jsrUrl" | "tarball">,
): Promise<Row> {
  await using hub = await startE2eHub();
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  const scene: FormScene = { box, hub, ...shared, tool: createTool(box) };
  const begin = performance.now();
  const problems = new Map<string, string>();
  const started = await form.install(scene);
  let installMs = 0;
  for (const task of TASKS) {
    const problem = await attempt(() => task.run(scene, started));
    // Whatever is fetched at the first start belongs to the installation.
    if (installMs === 0) installMs = performance.now() - begin;
    if (problem !== undefined) {
      problems.set(task.name, problem);
      say(`${form.name}, ${task.name}: ${problem}`);
    }
  }
  const again = performance.now();
  await box.run(["--version"], started);
  const startMs = performance.now() - again;
  await Deno.remove(box.modelsDir, { recursive: true }).catch(() => {});
  return { name: form.name, installMs, startMs, diskBytes: await sizeOf(box.path), problems };
}

function tableOf(rows: readonly Row[]): string {
  const head = ["form", "first start", "later", "disk", ...TASKS.map(({ name }) => name)];
  const lines = rows.map(({ name, installMs, startMs, diskBytes, problems }) => [
    `\`${name}\``,
    `${(installMs / 1000).toFixed(1)} s`,
    `${Math.round(startMs)} ms`,
    `${Math.round(diskBytes / 1e6)} MB`,
    ...TASKS.map((task) => problems.has(task.name) ? "FAILED" : "ok"),
  ]);
  const rule = head.map(() => "---");
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

async function playLibrary(shared: Pick<FormScene, "jsrUrl" | "tarball">): Promise<string[]> {
  const lines: string[] = [];
  for (const use of LIBRARY_USES) {
    await using hub = await startE2eHub();
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    const problem = await attempt(() => use.run({ box, hub, ...shared, tool: createTool(box) }));
    if (problem !== undefined) say(`${use.name}: ${problem}`);
    lines.push(`| ${use.name} | ${problem === undefined ? "ok" : "FAILED"} |`);
  }
  return ["| as a library | |", "| --- | --- |", ...lines];
}

async function write(text: string): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const [start, end] = [page.indexOf(MARK.start), page.indexOf(MARK.end)];
  if (start === -1 || end < start) throw new Error("docs/install.md has no place for the table");
  await writeFile(PAGE, `${page.slice(0, start + MARK.start.length)}\n\n${text}\n\n${page.slice(end)}`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", fileURLToPath(PAGE)] }).output();
}

async function main(): Promise<number> {
  const { positionals: [part = ""], values } = parseArgs({
    args: [...Deno.args],
    allowPositionals: true,
    options: { write: { type: "boolean", default: false } },
  });
  await using dir = await makeTempDir();
  await using registry = startJsrRegistry();
  say("deno publish (to a stand-in on loopback)");
  await registry.publish();
  say("deno task pack");
  const { path: tarball } = await packForNpm({ directory: dir.path });
  const shared = { jsrUrl: registry.url, tarball };
  const rows: Row[] = [];
  for (const form of FORMS.filter(({ name }) => name.includes(part))) {
    say(form.name);
    rows.push(await playForm(form, shared));
  }
  const library = await playLibrary(shared);
  const text = [tableOf(rows), "", ...library].join("\n");
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  if (values.write) await write(text);
  const isGood = !text.includes("FAILED");
  return isGood ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
