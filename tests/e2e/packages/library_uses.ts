/**
 * The packages as a library, in a project of somebody else.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { delimiter, dirname, join } from "node:path";
import { TINY } from "../../support/e2e_hub.ts";
import { networkVariables } from "../../support/network_variables.ts";
import type { FormScene } from "./package_form.ts";

/** One way to use it. */
export interface LibraryUse {
  readonly name: string;
  run(scene: FormScene): Promise<void>;
}

const DENO = Deno.execPath();

/** Types have to be there, too: it is checked before it runs. */
function program(specifier: string): string {
  return `import { type ModelManager, openModelManager, type PullResult } from "${specifier}";
async function pull(models: ModelManager): Promise<readonly PullResult[]> {
  const run = models.pull({ references: ["${TINY}"] });
  let next = await run.next();
  while (!next.done) next = await run.next();
  return next.value;
}
await using models = await openModelManager({ modelsDir: "./models" });
for (const { status } of await pull(models)) console.log(status);
`;
}

/** Fails for the program when the package has no types. */
const WRONG = `
// @ts-expect-error: a number is no folder
await openModelManager({ modelsDir: 1 });
`;

async function runProject(scene: FormScene, env: Readonly<Record<string, string>>): Promise<void> {
  const { box, tool } = scene;
  await tool([DENO, "check", "--quiet", box.join("work", "main.ts"), box.join("work", "types.ts")], env);
  const { stdout } = await tool([DENO, "run", "-A", "--unstable-kv", "--quiet", "main.ts"], env);
  strictEqual(stdout, "downloaded\n");
}

async function writeProject({ box }: FormScene, specifier: string): Promise<void> {
  await box.write("work/main.ts", program(specifier));
  await box.write("work/types.ts", `import { openModelManager } from "${specifier}";${WRONG}`);
}

async function fromJsr(scene: FormScene): Promise<void> {
  const specifier = "jsr:@model-manager/mm";
  await writeProject(scene, specifier);
  const env = { ...networkVariables(), DENO_DIR: scene.box.join("deno"), JSR_URL: scene.jsrUrl };
  await runProject(scene, env);
  // To import it alone, no right is needed.
  await scene.box.write("work/import.ts", `import "${specifier}";`);
  const { stdout, stderr } = await scene.tool([DENO, "run", "--no-prompt", "--quiet", "import.ts"], env);
  strictEqual(stdout + stderr, "");
}

async function fromNpm(scene: FormScene): Promise<void> {
  await writeProject(scene, "@model-manager/mm");
  const dependencies = { "@model-manager/mm": `file:${scene.tarball}` };
  await scene.box.write("work/package.json", JSON.stringify({ type: "module", dependencies }));
  const env = {
    ...networkVariables(),
    DENO_DIR: scene.box.join("deno"),
    npm_config_cache: scene.box.join("npm"),
    PATH: `${dirname(DENO)}${delimiter}${Deno.env.get("PATH") ?? ""}`,
  };
  await scene.tool(["npm", "install", "--no-audit", "--no-fund", "--silent"], env);
  await runProject(scene, env);
  strictEqual((await Deno.stat(join(scene.box.work, "node_modules", ".bin", "mm"))).isFile, true);
}

/** All of them. */
export const LIBRARY_USES: readonly LibraryUse[] = [
  { name: '`import … from "jsr:@model-manager/mm"` in Deno', run: fromJsr },
  { name: '`npm install`, `import … from "@model-manager/mm"` in Deno', run: fromNpm },
];
