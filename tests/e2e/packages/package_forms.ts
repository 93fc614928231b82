/**
 * Every form in which the program can be had, each from empty caches.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { networkVariables } from "../../support/network_variables.ts";
import type { FormScene, PackageForm, StartedForm } from "./package_form.ts";

const ADDRESS = "jsr:@model-manager/mm";
const DENO = Deno.execPath();
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** What Deno gets: a cache of its own, and the stand-in for its registry. */
function denoEnvironment({ box, jsrUrl }: FormScene): Readonly<Record<string, string>> {
  return {
    ...networkVariables(),
    DENO_DIR: box.join("deno"),
    JSR_URL: jsrUrl,
    NO_COLOR: "1",
    PATH: `${dirname(DENO)}${delimiter}${Deno.env.get("PATH") ?? ""}`,
  };
}

/** What npm gets: a cache and a prefix of its own. There is no Deno on its path. */
async function npmEnvironment({ box }: FormScene): Promise<Readonly<Record<string, string>>> {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  await Deno.mkdir(box.join("path"), { recursive: true });
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!["node", "npm", "npx", "sh", "env", "dirname", "sed", "uname"].includes(name)) continue;
      await Deno.symlink(`${folder}/${name}`, box.join("path", name)).catch(() => {});
    }
  }
  return {
    ...networkVariables(),
    PATH: box.join("path"),
    DENO_DIR: box.join("deno"),
    NO_COLOR: "1",
    npm_config_cache: box.join("npm"),
    npm_config_prefix: box.join("prefix"),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_loglevel: "error",
    npm_config_update_notifier: "false",
  };
}

function byDeno(flags: readonly string[], prepare: readonly string[] = []) {
  return async (scene: FormScene): Promise<StartedForm> => {
    const env = denoEnvironment(scene);
    if (prepare.length > 0) await scene.tool([DENO, ...prepare], env);
    return { command: [DENO, ...flags], env };
  };
}

function byDenoInstall(flags: readonly string[]) {
  return async (scene: FormScene): Promise<StartedForm> => {
    const env = denoEnvironment(scene);
    const root = scene.box.join("root");
    await scene.tool([DENO, "install", "-g", ...flags, "-n", "mm", "--root", root, ADDRESS], env);
    return { command: [`${root}/bin/mm`], env };
  };
}

async function byNpx(scene: FormScene): Promise<StartedForm> {
  const env = await npmEnvironment(scene);
  return { command: [scene.box.join("path", "npx"), "-y", `file:${scene.tarball}`], env };
}

async function byNpmInstall(scene: FormScene): Promise<StartedForm> {
  const env = await npmEnvironment(scene);
  await scene.tool([scene.box.join("path", "npm"), "install", "-g", scene.tarball], env);
  return { command: [scene.box.join("prefix", "bin", "mm")], env };
}

/** From the source tree, with its configuration, which turns Deno KV on. */
async function bySource(scene: FormScene): Promise<StartedForm> {
  const env = denoEnvironment(scene);
  const root = scene.box.join("root");
  const main = join(ROOT, "main.ts");
  const flags = ["-A", "--unstable-kv", "--config", join(ROOT, "deno.json"), "-n", "mm", "--root", root];
  await scene.tool([DENO, "install", "-g", ...flags, main], env);
  return { command: [join(root, "bin", "mm")], env };
}

/** All forms but the single binary, which has a task of its own. */
export const FORMS: readonly PackageForm[] = [
  { name: `deno run -A ${ADDRESS}`, install: byDeno(["run", "-A", "--quiet", ADDRESS]) },
  {
    name: `deno run -A --unstable-kv ${ADDRESS}`,
    install: byDeno(["run", "-A", "--unstable-kv", "--quiet", ADDRESS]),
  },
  { name: `deno x -A ${ADDRESS}`, install: byDeno(["x", "-y", "-A", "--quiet", ADDRESS]) },
  {
    name: `deno cache ${ADDRESS}, then deno run -A --unstable-kv --cached-only ${ADDRESS}`,
    install: byDeno(["run", "-A", "--unstable-kv", "--cached-only", ADDRESS], ["cache", "--quiet", ADDRESS]),
  },
  {
    name: `deno install -g -A --unstable-kv -n mm ${ADDRESS}, then mm`,
    install: byDenoInstall(["-A", "--unstable-kv"]),
  },
  { name: `deno install -g -A -n mm ${ADDRESS}, then mm`, install: byDenoInstall(["-A"]) },
  { name: "deno install -g -A --unstable-kv --config deno.json -n mm main.ts, then mm", install: bySource },
  { name: "npx -y file:model-manager-mm.tgz", install: byNpx },
  { name: "npm install -g model-manager-mm.tgz, then mm", install: byNpmInstall },
];
