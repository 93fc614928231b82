/**
 * The commands of `docs/ci.md`, with the permission set of `docs/permissions.md`, in somebody's project.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { TINY } from "../support/e2e_hub.ts";
import { openHubBox } from "../support/hub_box.ts";
import { exists } from "../support/run_program.ts";

const PROGRAM = fileURLToPath(new URL("../../main.ts", import.meta.url));

async function page(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../docs/${name}`, import.meta.url));
}

interface Config {
  readonly unstable: readonly string[];
  readonly permissions: { readonly ci: { net: string[]; readonly write: readonly string[] } };
}

Deno.test("docs/ci.md: its commands fetch and prove a manifest with the set of docs/permissions.md, and no more", async () => {
  const text = await page("ci.md");
  const script = /```sh\n(.*?)```/s.exec(text)?.[1] ?? "";
  match(script, /-P=ci .* sync --frozen/);
  const config = JSON.parse(/```json\n(.*?)```/s.exec(await page("permissions.md"))?.[1] ?? "") as Config;
  deepStrictEqual(config.permissions.ci.write, [".mm"]);

  await using own = await openHubBox();
  const { box, hub } = own;
  await Deno.writeTextFile(
    join(box.work, "models.json"),
    JSON.stringify({ models: [{ name: `${TINY}:Q4_K_M` }] }),
  );
  const locked = await box.run(["lock"]);
  strictEqual(locked.code, 0, locked.stderr);
  const before = await box.files();
  const runScript = async (net: string[]) => {
    const set = { ...config.permissions.ci, net };
    // The program comes from the source tree here, whose imports are found by its own names.
    const { imports } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
    await Deno.writeTextFile(
      join(box.work, "deno.json"),
      JSON.stringify({
        ...config,
        nodeModulesDir: "none",
        lock: false,
        imports,
        permissions: { ci: set },
      }),
    );
    const command = script.replaceAll("-P=ci", "--config deno.json -P=ci")
      .replaceAll("jsr:@model-manager/mm", `'${PROGRAM}'`);
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-ec", command],
      cwd: box.work,
      clearEnv: true,
      env: { ...box.environment },
      stdin: "null",
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  // Only the Hub of Hugging Face: that of the tests is not granted, and is named.
  const refused = await runScript(config.permissions.ci.net);
  strictEqual(refused.code, 12, refused.stderr);
  match(refused.stderr, /--allow-net=127\.0\.0\.1/);
  const done = await runScript([new URL(hub.endpoint).host, "localhost"]);
  strictEqual(done.code, 0, done.stderr);
  ok(await exists(join(box.work, ".mm", "models", TINY, "tiny-Q4_K_M.gguf")));
  const made = (await box.files()).filter((path) => !before.includes(path) && !path.startsWith("work/.mm/"));
  deepStrictEqual(made, ["work/deno.json"], "nothing is written elsewhere");
});

Deno.test("docs/ci.md: the job for GitLab runs the same command", async () => {
  const text = await page("ci.md");
  const job = parse(/```yaml\n(.*?)```/s.exec(text)?.[1] ?? "") as { models: { script: string[] } };
  const [, sync = ""] = job.models.script;
  ok(text.includes(`\n${sync}\n`), "it is the tested one");
});

Deno.test("mm doctor --permissions ci: what it prints and says is enough for a frozen sync", async () => {
  await using own = await openHubBox();
  const { box } = own;
  await Deno.writeTextFile(
    join(box.work, "models.json"),
    JSON.stringify({ models: [{ name: `${TINY}:Q4_K_M` }] }),
  );
  strictEqual((await box.run(["lock"])).code, 0);
  const before = await box.files();
  const certificates = await box.write("own.pem", "no certificates");
  const env = { SSL_CERT_FILE: certificates };
  const { stdout, stderr } = await box.run(["doctor", "--permissions", "ci"], { env });
  const [, exported = ""] = /: (export MM_MODELS_DIR=\.mm\/models MM_STATE_DIR=\.mm\/state)$/m.exec(stderr) ??
    [];
  const [, made = ""] = /: (mkdir -p \S+\/\.mm\/models \S+\/\.mm\/state)$/m.exec(stderr) ?? [];
  // Which hosts the files of a Hub are on is known when it is asked.
  const line = stdout.trim().replace(/^deno /, '"$DENO" ').replace(/--allow-net=\S+/, "--allow-net");
  await using sync = box.shell(`${exported}; ${made}; ${line} sync --frozen`, [], {
    env: { ...env, DENO: Deno.execPath() },
  });
  const finished = await sync.finished;
  strictEqual(finished.code, 0, `${stderr}\n${finished.stderr}`);
  match(finished.stderr, /SSL_CERT_FILE are not used: ".*own\.pem" is no PEM file$/m);
  const elsewhere = (await box.files())
    .filter((path) => !before.includes(path) && path !== "own.pem" && !path.startsWith("work/.mm/"));
  deepStrictEqual(elsewhere, []);

  const there = { MM_MODELS_DIR: ".mm/models", MM_STATE_DIR: ".mm/state" };
  const again = await box.run(["doctor", "--permissions", "ci"], { env: there });
  ok(!/export|mkdir/.test(again.stderr), again.stderr);
});
