/**
 * Every recipe of the cookbook, word for word, on machines of its own: only names of models, hosts and folders are
 * others, and programs such as `llama-server` are stand-ins that say what they were given.
 *
 * @module
 */
import { match, ok, strictEqual } from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Demo, startDemo } from "../../core/app.ts";
import { PYTHON, PYTHON_NOTE } from "../support/python.ts";
import { isServer, readRecipes, type Recipe } from "../support/recipes.ts";
import { exists, openSandbox, type RunningProgram, type Sandbox, waitUntil } from "../support/run_program.ts";

const PAGE = new URL("../../docs/cookbook.md", import.meta.url);
const PROGRAM = fileURLToPath(new URL("../../main.ts", import.meta.url));

const GGUF = "demo/embed-mini-GGUF";
/** Names of the page, and what stands for them; longer ones first. */
const NAMES: readonly (readonly [string, string])[] = [
  ["other/name-GGUF", "demo/tiny-llama-GGUF"],
  ["org/name-GGUF", GGUF],
  ["org/name", "demo/story-safetensors"],
  // Nothing of a test is to be reached from elsewhere, or to outlive it.
  ["--host 0.0.0.0", "--host 127.0.0.1"],
  ["mm service install --yes", "mm service print > unit.txt; mm start"],
];

/** Programs of others, and what they do with what they are given. */
const STAND_INS: Readonly<Record<string, string>> = {
  "llama-server": 'if [ "$1" = -m ]; then test -s "$2"; fi',
  vllm: 'test "$HF_HUB_OFFLINE" = 1',
  ollama: "true",
};

/** What is to be so when the commands of a section have run; `said` is their standard output. */
const OUTCOMES: Readonly<Record<string, (box: Sandbox, said: string) => Promise<void> | void>> = {
  "The first model": (_, said) => match(said, /embed-mini-GGUF:Q4_K_M +1\.44 MB +embedding +available/),
  "Nightly sync on a NAS": async (box, said) => {
    match(said, /nightly .*daily 23:00 until 06:30/);
    match(said, /running as process/);
    match(await readFile(join(box.work, "unit.txt"), "utf8"), /ExecStart=/);
  },
  "Air gap": (_, said) => {
    match(said, /^ok +demo\/tiny-llama-GGUF/m);
    match(said, /tiny-llama-GGUF:Q2_K .*downloaded\n[^]*tiny-llama-GGUF:Q2_K .*available/);
  },
  "One download for a whole lab": (_, said) => match(said, /embed-mini-Q4_K_M\.gguf$/m),
  "llama.cpp": (_, said) => match(said, /^llama-server -hf demo\/embed-mini-GGUF:Q4_K_M --offline$/m),
  "transformers and vLLM": (_, said) => match(said, /^demo\/story-safetensors +main +7\.26 MB/m),
  Ollama: async (box, said) => {
    match(said, /^ollama run hf\.co\/demo\/embed-mini-GGUF:Q4_K_M$/m);
    const manifest = "home/.ollama/models/manifests/hf.co/demo/embed-mini-GGUF/Q4_K_M";
    ok(await exists(join(box.work, manifest)));
  },
  "LM Studio": async (box) =>
    ok(await exists(join(box.work, "home/.lmstudio/models", GGUF, "embed-mini-Q4_K_M.gguf"))),
  Scripts: async (box) => {
    const events = await readFile(join(box.work, "events.jsonl"), "utf8");
    strictEqual(JSON.parse(events.split("\n")[0] ?? "").type, "planned");
  },
};

/** Most of what the others do is tried elsewhere; `deno task cookbook` plays them all. */
const IN_THE_GATE: readonly string[] = [
  "Nightly sync on a NAS",
  "Air gap",
  "One download for a whole lab",
  "transformers and vLLM",
  "Ollama",
];
const PLAYS_ALL = Deno.env.get("MM_TEST_COOKBOOK") === "all";

async function writeProgram(path: string, script: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/** `mm`, and the programs of others, by their names. */
async function makePrograms(folder: string): Promise<void> {
  await writeProgram(join(folder, "mm"), `exec "${Deno.execPath()}" run -A "${PROGRAM}" "$@"`);
  for (const [name, check] of Object.entries(STAND_INS)) {
    await writeProgram(join(folder, name), `${check} || exit 9\necho ${name} "$@"`);
  }
  const hf = PYTHON === undefined ? "" : join(dirname(PYTHON), "hf");
  await writeProgram(join(folder, "hf"), await exists(hf) ? `exec "${hf}" "$@"` : 'echo hf "$@"');
  await writeProgram(join(folder, "python3"), PYTHON === undefined ? "true" : `exec "${PYTHON}" "$@"`);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A machine: a home of its own, in which the other programs have been once. */
async function openMachine(box: Sandbox, name: string, endpoint: string): Promise<Record<string, string>> {
  const home = join(box.work, name);
  for (const folder of [".ollama/models", ".lmstudio/models"]) {
    await mkdir(join(home, folder), { recursive: true });
  }
  const unset = Object.fromEntries(
    ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HF_HOME"].map((variable) => [variable, ""]),
  );
  return { ...unset, HOME: home, HF_ENDPOINT: endpoint, OLLAMA_HOST: "127.0.0.1:1" };
}

/** Runs the blocks of a section one after the other; the servers among them beside the others. */
async function play(recipe: Recipe, box: Sandbox, demo: Demo): Promise<string> {
  const port = freePort();
  const translate = (block: string): string =>
    NAMES.reduce((text, [name, ours]) => text.replaceAll(name, ours), block)
      .replaceAll("http://mirror:8787", `http://127.0.0.1:${port}`)
      .replaceAll("8787", String(port))
      .replaceAll("/mnt/disk", join(box.work, "disk"));
  await mkdir(join(box.work, "disk"));
  const env = await openMachine(box, "home", demo.endpoint);
  const other = await openMachine(box, "other", demo.endpoint);
  await using servers = new AsyncDisposableStack();
  let said = "";
  let crossed = false;
  const run = (block: string, machine: Readonly<Record<string, string>>): RunningProgram =>
    box.shell(`set -eu\n${translate(block)}`, [], { env: { ...machine, PATH: path(box) } });
  for (const block of recipe.blocks) {
    // What reads the disk, or is asked by others, is the second machine.
    crossed ||= recipe.title === "Air gap" && block.startsWith("cd ");
    if (isServer(block)) {
      const server = servers.use(run(`exec ${block}`, other));
      await waitUntil(`it serves: ${block}`, () => server.stdout.includes("HF_ENDPOINT="));
      continue;
    }
    const { code, stdout, stderr } = await run(block, crossed ? other : env).finished;
    strictEqual(code, 0, `${recipe.title}: ${block}\n${stdout}${stderr}`);
    said += stdout;
  }
  await run("mm stop", env).finished;
  return said;
}

function path(box: Sandbox): string {
  return `${box.join("bin")}:${box.environment["PATH"]}`;
}

Deno.test({
  name: `${PLAYS_ALL ? "all recipes" : "recipes"} of the cookbook do what they say${PYTHON_NOTE}`,
  ignore: Deno.build.os === "windows",
  async fn(t) {
    await using demo = await startDemo();
    const recipes = readRecipes(await readFile(PAGE, "utf8"));
    for (const title of [...Object.keys(OUTCOMES), ...IN_THE_GATE]) {
      ok(recipes.some((recipe) => recipe.title === title), title);
    }
    for (const recipe of recipes) {
      if (!PLAYS_ALL && !IN_THE_GATE.includes(recipe.title)) continue;
      await t.step(recipe.title, async () => {
        await using box = await openSandbox();
        await makePrograms(box.join("bin"));
        const said = await play(recipe, box, demo);
        await OUTCOMES[recipe.title]?.(box, said);
      });
    }
  },
});
