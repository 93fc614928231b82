/**
 * The example for GitHub Actions: its commands exist, and do what it says with the rights that it gives.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { startE2eHub, TINY } from "../support/e2e_hub.ts";
import { exists, openSandbox } from "../support/run_program.ts";

const PROGRAM = fileURLToPath(new URL("../../main.ts", import.meta.url));

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: {
    readonly models: {
      readonly env: Readonly<Record<string, string>>;
      readonly steps: readonly { readonly run?: string; readonly with?: Readonly<Record<string, string>> }[];
    };
  };
}

Deno.test("docs/github-actions.md: the workflow runs as it stands there, with scoped rights and a key from the lock", async () => {
  const page = await readFile(new URL("../../docs/github-actions.md", import.meta.url), "utf8");
  const workflow = parse(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? "") as Workflow;
  deepStrictEqual(workflow.permissions, { contents: "read" });
  const { env, steps } = workflow.jobs.models;
  ok(steps.some((step) => step.with?.["key"]?.includes("hashFiles('models.lock.json')")));
  const script = steps.find(({ run }) => run !== undefined)?.run ?? "";
  match(script, /sync --frozen/);

  await using hub = await startE2eHub();
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint, ...env });
  await writeFile(join(box.work, "models.json"), JSON.stringify({ models: [{ name: `${TINY}:Q4_K_M` }] }));
  const locked = await box.run(["lock"]);
  strictEqual(locked.code, 0, locked.stderr);
  const run = new Deno.Command("sh", {
    args: ["-ec", script.replaceAll("jsr:@model-manager/mm", `'${PROGRAM}'`)],
    cwd: box.work,
    clearEnv: true,
    env: { ...box.environment },
    stdin: "null",
  });
  const { code, stderr } = await run.output();
  strictEqual(code, 0, new TextDecoder().decode(stderr));
  ok(await exists(join(box.work, ".mm", "models", TINY, "tiny-Q4_K_M.gguf")));
});
