/**
 * The program as a package of JSR: what is published works where none of the source tree is; and how that of npm is
 * started. Every form from empty caches, npm's own client included, is in `deno task packages`.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { VERSION } from "../../core/base/version.ts";
import { type E2eHub, sha256, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { type JsrRegistry, startJsrRegistry } from "../support/jsr_registry.ts";
import { networkVariables } from "../support/network_variables.ts";
import { findDenoDirectory, openSandbox, type Sandbox, waitUntil } from "../support/run_program.ts";

const PACKAGE = "@model-manager/mm";
const ADDRESS = `jsr:${PACKAGE}`;
const Q4 = "tiny-Q4_K_M.gguf";
const START_SCRIPT = new URL("../../packaging/npm_bin.mjs", import.meta.url);
const HAS_NODE = spawnSync("node", ["--version"]).status === 0;

/** A sandbox whose module cache is empty but for packages of npm, which would come from the network. */
async function openBox(hub: E2eHub, variables: Readonly<Record<string, string>>): Promise<Sandbox> {
  const box = await openSandbox({ ...networkVariables(), HF_ENDPOINT: hub.endpoint, ...variables });
  await mkdir(box.join("deno"));
  await symlink(join(findDenoDirectory(), "npm"), box.join("deno", "npm"));
  return box;
}

function checkPublishedFiles(registry: JsrRegistry): void {
  const files = registry.files(PACKAGE, VERSION);
  for (const wanted of ["mod.ts", "main.ts", "workers/hash_worker.ts", "cli/tui/run_tui.tsx", "LICENSE"]) {
    ok(files.includes(`/${wanted}`), wanted);
  }
  deepStrictEqual(files.filter((path) => /^\/(?:tests|bench|packaging|dist|\.)|_test\.ts$/.test(path)), []);
  // Addresses of the import map mean nothing to others.
  doesNotMatch(registry.text(PACKAGE, VERSION, "/cli/tui/run_tui.tsx"), /from "(?:ink|react)"/);
  match(registry.text(PACKAGE, VERSION, "/cli/tui/app.tsx"), /@jsxImportSource npm:react@/);
}

async function checkPulled(hub: E2eHub, box: Sandbox): Promise<void> {
  const bytes = await readFile(join(box.modelsDir, TINY, Q4));
  strictEqual(sha256(bytes), await hub.sha256(TINY, Q4));
}

Deno.test("the package of JSR downloads, starts itself again for Deno KV, draws, and is a library", async (t) => {
  await using hub = await startE2eHub();
  await using registry = startJsrRegistry();
  // Types are checked by another step of the gate.
  const said = await registry.publish({ check: false });
  await using box = await openBox(hub, { JSR_URL: registry.url });
  const deno = (...flags: string[]) => ({
    env: { DENO_DIR: box.join("deno") },
    command: [Deno.execPath(), ...flags],
  });

  await t.step("deno publish uploads the program, all of it and nothing else", () => {
    match(said, /^Successfully published @model-manager\/mm@/m);
    doesNotMatch(said, /slow-type|missing-license/i);
    checkPublishedFiles(registry);
  });

  await t.step("from an empty cache, without the flag for Deno KV", async () => {
    const pulled = await box.run(["pull", TINY], deno("run", "-A", "--quiet", ADDRESS));
    strictEqual(pulled.code, 0, pulled.stderr);
    strictEqual(pulled.stdout, `${join(box.modelsDir, TINY, Q4)}\n`);
    match(pulled.stderr, /^Fetched 1\.40 MB in .*, verified$/m);
    await checkPulled(hub, box);
  });

  await t.step("the exit code of the one started again", async () => {
    const { code, stderr } = await box.run(["pull", "acme/nothing"], deno("run", "-A", "--quiet", ADDRESS));
    strictEqual(code, 3, stderr);
  });

  await t.step("without the right to start itself again it types out the flag", async () => {
    const few = ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-env", ADDRESS];
    const { code, stdout, stderr } = await box.run(["list", "--token", "hidden"], deno(...few));
    strictEqual(code, 12);
    strictEqual(stdout, "");
    match(stderr, /^hint: .*: deno run -A jsr:@model-manager\/mm list$/m);
    const [, typed = ""] = /^hint: .*: deno (run --unstable-kv .*)$/m.exec(stderr) ?? [];
    const again = await box.run([], deno(...typed.split(" ")));
    strictEqual(again.code, 0, `${typed}: ${again.stderr}`);

    const asData = await box.run(["list", "--json", "--token", "hidden"], deno(...few));
    deepStrictEqual([asData.code, asData.stderr], [12, ""]);
    const { error } = JSON.parse(asData.stdout);
    deepStrictEqual([error.code, error.hints.length], ["PERMISSION_ERROR", 3]);
    doesNotMatch(asData.stdout, /hidden/);
  });

  await t.step("help wants neither the flag nor a right", async () => {
    for (const args of [["pull", "--help"], ["help", "quants"], ["completions", "fish"]]) {
      const run = await box.run(args, deno("run", "--quiet", "--no-prompt", ADDRESS));
      deepStrictEqual([run.code, run.stderr, run.stdout.length > 100], [0, "", true], args.join(" "));
    }
  });

  await t.step(
    "all that is loaded late is in the cache after deno cache, and needs no registry",
    async () => {
      strictEqual((await box.run([], deno("cache", "--quiet", ADDRESS))).code, 0);
      const asked = registry.requests.length;
      const run = deno("run", "-A", "--cached-only", "--unstable-kv", ADDRESS);
      const told = await box.run(["tui", "--plain"], { ...run, stdin: "quit\n" });
      strictEqual(told.code, 0, told.stderr);
      match(told.stdout, /^Library: 1 model, /m);
      const verified = await box.run(["verify"], run);
      strictEqual(verified.code, 0, verified.stderr);
      // A page of docs/, which is imported as a text.
      match((await box.run(["help", "quants"], run)).stdout, /Q4_K_M/);
      deepStrictEqual(registry.requests.slice(asked), []);
    },
  );

  await t.step("imported as a library it wants no right and prints nothing of its own", async () => {
    const program = await box.write(
      "project/main.ts",
      `import { parseReference, openModelManager } from "${ADDRESS}";\n` +
        `console.log(typeof openModelManager, parseReference("org/name:Q8_0").repo);\n`,
    );
    const run = await box.run([program], deno("run", "--quiet", "--no-prompt"));
    deepStrictEqual(run, { code: 0, stdout: "function org/name\n", stderr: "" });
  });
});

/** Puts a Deno beside the package that says how it was called, and then does what a shell script says. */
async function installDeno(box: Sandbox, script: string): Promise<void> {
  await box.write("node_modules/deno/package.json", `{"name":"deno","version":"${Deno.version.deno}"}`);
  const path = await box.write("node_modules/deno/deno", `#!/bin/sh\necho "$@"\n${script}\n`);
  await chmod(path, 0o755);
}

/** The start script with a Deno that only says how it was called. */
async function checkStartScript(box: Sandbox, folder: string): Promise<void> {
  const script = join(folder, "bin", "mm.mjs");
  const run = { command: ["node", script] };
  const main = join(folder, "main.js");

  await installDeno(box, "exit 42");
  const { code, stdout } = await box.run(["pull", "org/name", "--to", "a b"], run);
  strictEqual(code, 42);
  strictEqual(
    stdout,
    `run -A --unstable-kv --unstable-worker-options --node-modules-dir=manual --quiet ${main} pull org/name --to a b\n`,
  );

  await installDeno(box, "trap 'echo stopped; exit 143' TERM\necho ready\nwhile :; do sleep 0.02; done");
  await using running = box.start([], run);
  await waitUntil("it is ready", () => running.stdout.includes("ready"));
  running.signal("SIGTERM");
  const stopped = await running.finished;
  strictEqual(stopped.code, 143);
  match(stopped.stdout, /^stopped$/m);
}

/** `deno run npm:…` starts the script, too. */
async function checkInDeno(box: Sandbox, folder: string): Promise<void> {
  const script = join(folder, "bin", "mm.mjs");
  const { code, stderr } = await box.run(["list"], { command: [Deno.execPath(), "run", "-A", script] });
  strictEqual(code, 1);
  match(stderr, /^error: This package is for Node\.js\n\nhint: .*: deno run -A jsr:@model-manager\/mm\n$/);
}

async function checkMissingDeno(box: Sandbox, folder: string): Promise<void> {
  await Deno.remove(box.join("node_modules", "deno"), { recursive: true });
  await chmod(await box.write("own/deno", "#!/bin/sh\necho 'deno 2.1.4 (stable)'\n"), 0o755);
  const node = spawnSync("node", ["-p", "process.execPath"], { encoding: "utf8" }).stdout.trim();
  const command = [node, join(folder, "bin", "mm.mjs")];
  const old = await box.run([], { command, env: { PATH: box.join("own") } });
  strictEqual(old.code, 1);
  match(old.stderr, /^error: Deno 2\.1\.4 is too old: wanted [\d.]+ or later\n\nhint: .*deno upgrade$/m);
  const none = await box.run([], { command, env: { PATH: box.join("empty") } });
  strictEqual(none.code, 1);
  match(none.stderr, /^error: Deno is not installed.*\n\nhint: .*npm install -g/m);
}

const skips = !HAS_NODE || Deno.build.os === "windows";

Deno.test({
  name: `the start script of the npm package passes everything on${skips ? " - SKIPPED: no node here" : ""}`,
  ignore: skips,
  async fn(t) {
    await using box = await openSandbox();
    const folder = box.join("node_modules", PACKAGE);
    await box.write(`node_modules/${PACKAGE}/bin/mm.mjs`, await readFile(START_SCRIPT));
    await t.step("arguments, exit code and signals", () => checkStartScript(box, folder));
    await t.step("in Deno it names the package that is for Deno", () => checkInDeno(box, folder));
    await t.step(
      "without a Deno, or with an old one, it says what to do",
      () => checkMissingDeno(box, folder),
    );
  },
});
