/**
 * The source in a project of somebody else: linked, as docs/library.md says, it is the library; imported by its path, it
 * says what is missing.
 *
 * @module
 */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type E2eHub, sha256, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { networkVariables } from "../support/network_variables.ts";
import { findDenoDirectory } from "../support/run_program.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

const SOURCE = fileURLToPath(new URL("../../", import.meta.url));
const Q4 = "tiny-Q4_K_M.gguf";

/** Disposes nothing: the process has to end all the same, and a type error is no type error of ours. */
const PROGRAM = (library: string): string => `
import { isModelManagerError, openModelManager, type PullResult } from ${JSON.stringify(library)};
const [endpoint = "", dir = ""] = Deno.args;
try {
  const models = await openModelManager({
    endpoint, modelsDir: dir + "/models", stateDir: dir + "/state", configDir: dir + "/config",
  });
  const run = models.pull({ references: ["${TINY}:Q4_K_M"] });
  let next: IteratorResult<unknown, PullResult[]> = await run.next();
  while (!next.done) next = await run.next();
  console.log(JSON.stringify({ results: next.value, records: (await models.history.list()).length }));
} catch (error) {
  console.log(JSON.stringify(isModelManagerError(error) ? { code: error.code, hints: error.hints } : String(error)));
}
`;

/** A project with its configuration, and the packages that the source was tested with. */
async function makeProject(dir: TempDir, config: Readonly<Record<string, unknown>>): Promise<void> {
  const lock = JSON.parse(await readFile(new URL("../../deno.lock", import.meta.url), "utf8"));
  await dir.write("deno.json", JSON.stringify(config));
  await dir.write("deno.lock", JSON.stringify({ ...lock, workspace: undefined }));
}

/** What docs/library.md has people write. */
async function readDocumentedConfig(): Promise<Record<string, readonly string[]>> {
  const page = await readFile(new URL("../../docs/library.md", import.meta.url), "utf8");
  return JSON.parse(/^```json\n(\{\n +"links".*?\n\})\n```$/ms.exec(page)?.[1] ?? "{}");
}

/** Runs Deno in the project. No registry of JSR can be reached. */
async function deno(dir: TempDir, args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: dir.path,
    clearEnv: true,
    env: {
      ...networkVariables(),
      DENO_DIR: findDenoDirectory(),
      HOME: dir.join("home"),
      JSR_URL: "http://127.0.0.1:9",
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      NO_PROXY: "127.0.0.1",
    },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function checkPulled(hub: E2eHub, dir: TempDir): Promise<void> {
  const bytes = await readFile(dir.join("models", TINY, Q4));
  strictEqual(sha256(bytes), await hub.sha256(TINY, Q4));
}

Deno.test("linked in the deno.json of a project, the source is the library, types included", async (t) => {
  await using hub = await startE2eHub();
  await using dir = await makeTempDir();
  const config = await readDocumentedConfig();
  strictEqual(config["links"]?.length, 1);
  await makeProject(dir, { ...config, links: [SOURCE] });
  await dir.write("main.ts", PROGRAM("@model-manager/mm"));

  await t.step("types are right under the options that a project has of itself", async () => {
    const checked = await deno(dir, ["check", "--quiet", "main.ts"]);
    deepStrictEqual(checked, { code: 0, stdout: "", stderr: "" });
  });

  await t.step("a pull works, and the process ends although nothing was disposed", async () => {
    const run = await deno(dir, ["run", "--quiet", "-A", "main.ts", hub.endpoint, dir.path]);
    deepStrictEqual([run.code, run.stderr], [0, ""]);
    const { results, records } = JSON.parse(run.stdout);
    deepStrictEqual([results?.[0]?.status, records], ["downloaded", 1], run.stdout);
    await checkPulled(hub, dir);
  });
});

Deno.test("imported by its path, the source says how to link it", async () => {
  await using dir = await makeTempDir();
  await makeProject(dir, {});
  await dir.write("main.ts", PROGRAM(new URL("../../mod.ts", import.meta.url).href));
  const run = await deno(dir, ["run", "--quiet", "-A", "--unstable-kv", "main.ts", "", dir.path]);
  deepStrictEqual([run.code, run.stderr], [0, ""]);
  const { code, hints } = JSON.parse(run.stdout);
  strictEqual(code, "CONFIG_INVALID", run.stdout);
  match(hints.join("\n"), /"links": \["FOLDER"\]/);
});
