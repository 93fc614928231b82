/**
 * Settings from options, environment and files, as they act on real downloads; and the account.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { PullResult } from "../../core/operations/model_manager.ts";
import { GATED, GUEST_TOKEN, LARGE, PRIVATE, TINY, TOKEN } from "../support/e2e_hub.ts";
import {
  exists,
  findTexts,
  type FinishedProgram,
  linesOf,
  readDocument,
  waitUntil,
} from "../support/run_program.ts";
import { openHubBox } from "../support/hub_box.ts";

const Q4 = "tiny-Q4_K_M.gguf";

interface ShownSettings {
  readonly settings: {
    readonly models_dir: string;
    readonly download: { readonly connections: number; readonly max_retries: number };
  };
  readonly origins: Readonly<Record<string, { readonly source: string; readonly name?: string }>>;
}

Deno.test("mm config show --origin says which of option, environment, project and user file counts", async () => {
  await using place = await openHubBox();
  const { box } = place;
  const user = await box.write(
    "config/model-manager/config.yaml",
    "models_dir: ~/from-user-file\ndownload:\n  connections: 2\n  max_retries: 7\ncleanup:\n  reserve: 1M\n",
  );
  const project = await box.write("work/mm.json", `{"download":{"connections":3,"max_retries":4}}`);
  const show = async (...args: string[]): Promise<ShownSettings> =>
    readDocument(
      await box.run(["config", "show", "--origin", "--json", ...args], {
        env: { MM_CONNECTIONS: "5" },
      }),
    );
  const shown = await show();
  deepStrictEqual(shown.settings.download.connections, 5);
  deepStrictEqual(shown.settings.download.max_retries, 4);
  strictEqual(shown.settings.models_dir, join(box.home, "from-user-file"));
  deepStrictEqual(
    ["download.connections", "download.max_retries", "models_dir", "endpoint", "cache.duration"].map((path) =>
      shown.origins[path]
    ),
    [
      { source: "environment", name: "MM_CONNECTIONS" },
      { source: "project file", name: project },
      { source: "user file", name: user },
      { source: "environment", name: "HF_ENDPOINT" },
      { source: "default" },
    ],
  );
  const option = await show("--models-dir", "here");
  strictEqual(option.settings.models_dir, join(box.work, "here"));
  deepStrictEqual(option.origins["models_dir"], { source: "option", name: "--models-dir" });

  deepStrictEqual(linesOf((await box.run(["config", "path"])).stdout), [user, project]);
  const text = await box.run(["config", "show", "--origin"]);
  match(text.stdout, /^download\.max_retries +4 +project file .*mm\.json$/m);
});

Deno.test("mm config set writes the user's file, which then counts, and unset takes it back", async () => {
  await using place = await openHubBox();
  const { box } = place;
  const set = await box.run(["config", "set", "download.limit_rate", "20M"]);
  strictEqual(set.code, 0, set.stderr);
  strictEqual((await box.run(["config", "get", "download.limit_rate"])).stdout, "20000000\n");
  const file = join(box.configDir, "config.json");
  strictEqual(await exists(file), true);
  strictEqual((await box.run(["config", "validate", "-q"])).stdout, `${file}\n`);
  strictEqual((await box.run(["config", "unset", "download.limit_rate"])).code, 0);
  strictEqual((await box.run(["config", "get", "download.limit_rate"])).stdout, "none\n");
  strictEqual((await box.run(["config", "set", "download.connections", "99"])).code, 2);
});

Deno.test("mm pull puts models where the option, the variable or the file says", async () => {
  await using place = await openHubBox();
  const { box } = place;
  const pull = async (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const pulled = await box.run(["pull", `${TINY}:README.md`, "-q", ...args], { env });
    strictEqual(pulled.code, 0, pulled.stderr);
    return pulled.stdout.trimEnd();
  };
  const below = (folder: string): string => join(folder, TINY, "README.md");
  const config = await box.write("other.json", `{"models_dir":"./beside-the-file"}`);
  strictEqual(await pull([]), below(box.modelsDir));
  strictEqual(await pull(["--config", config]), below(box.join("beside-the-file")));
  strictEqual(await pull([], { MM_CONFIG: config }), below(box.join("beside-the-file")));
  strictEqual(await pull([], { MM_MODELS_DIR: "~/elsewhere" }), below(join(box.home, "elsewhere")));
  strictEqual(await pull([], { HF_DOWNLOADER_DOWNLOAD_DIR: box.join("older") }), below(box.join("older")));
  strictEqual(
    await pull(["--models-dir", "here"], { MM_MODELS_DIR: "~/elsewhere" }),
    below(join(box.work, "here")),
  );
  const moved = await box.run(["history", "list", "-q"], { env: { MM_STATE_DIR: box.join("other-state") } });
  strictEqual(moved.stdout, "");
});

function resultOf(finished: FinishedProgram): PullResult {
  const [result] = readDocument<{ results: PullResult[] }>(finished).results;
  ok(result, finished.stdout);
  return result;
}

Deno.test("mm pull of a large file opens exactly the connections it is told, by default eight to begin with", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  // Bodies that drip evenly and do not come to an end: no connection is given up for another.
  hub.bytesPerSecond = 20_000;
  const opened = (): number => hub.requests.filter(({ host }) => host === "file-host").length;
  const connections = async (
    atLeast: number,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<number> => {
    hub.clear();
    await using running = box.start(["pull", LARGE, ...args], { env });
    await waitUntil(`${atLeast} connections are open`, () => opened() >= atLeast);
    const start = performance.now();
    await waitUntil("there was time for more", () => performance.now() - start > 300);
    running.signal("SIGKILL");
    await running.finished;
    return opened();
  };
  // More may come when they pay.
  ok(await connections(8, []) <= 16);
  strictEqual(await connections(3, [], { MM_CONNECTIONS: "3" }), 3);
  strictEqual(await connections(12, ["--connections", "12"], { MM_CONNECTIONS: "3" }), 12);
  strictEqual(await connections(8, ["--connections", "8"]), 8);
  // Who sets the default means it.
  strictEqual(await connections(8, [], { MM_CONNECTIONS: "8" }), 8);
});

Deno.test("mm pull is no faster than --limit-rate and MM_LIMIT_RATE allow, over all connections", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  // A second's worth may go through at once; after that, what is left of 4.7 MB takes a second more.
  const limited = await Promise.all([
    box.run(["pull", `${TINY}:F16`, "--json", "--limit-rate", "2M"]),
    box.run(["pull", `${TINY}:F16`, "--json", "--models-dir", "other"], { env: { MM_LIMIT_RATE: "2MB" } }),
  ]);
  for (const finished of limited) {
    const { status, bytesFetched, elapsedMs } = resultOf(finished);
    strictEqual(status, "downloaded");
    ok(elapsedMs > 1_200, `${bytesFetched} bytes in ${elapsedMs} ms`);
  }
  deepStrictEqual(hub.errors, []);
});

/** The permission bits of a file. */
async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

Deno.test("mm login takes a token from standard input, checks it, keeps it to itself and shows nothing", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  const login = await box.run(["login"], { stdin: `${TOKEN}\n` });
  strictEqual(login.code, 0, login.stderr);
  match(login.stderr, /^Logged in as ada/m);
  strictEqual(await readFile(box.tokenFile, "utf8"), TOKEN);
  if (Deno.build.os !== "windows") strictEqual(await modeOf(box.tokenFile), 0o600);

  const who = await box.run(["whoami", "--json"]);
  deepStrictEqual(readDocument<{ name: string; organizations: string[] }>(who).name, "ada");
  strictEqual((await box.run(["whoami", "-q"])).stdout, "ada\n");
  const gated = await box.run(["pull", GATED, PRIVATE, "-q"]);
  strictEqual(gated.code, 0, gated.stderr);
  strictEqual(linesOf(gated.stdout).length, 2);
  ok(hub.requests.filter(({ host }) => host === "hub").every(({ authorized }) => authorized));

  const logout = await box.run(["logout"]);
  strictEqual(logout.code, 0, logout.stderr);
  strictEqual(await exists(box.tokenFile), false);
  match((await box.run(["logout"])).stderr, /^No token was stored$/m);
  strictEqual((await box.run(["whoami"])).code, 4);
  strictEqual((await box.run(["pull", GATED, "--force"])).code, 4);
  const printed = [login, who, gated, logout].flatMap(({ stdout, stderr }) => [stdout, stderr]).join("");
  doesNotMatch(printed, new RegExp(TOKEN));
  deepStrictEqual(await findTexts(box.path, [TOKEN]), []);
});

Deno.test("mm login stores nothing that the Hub refuses, and no empty token", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  const refused = await box.run(["login"], { stdin: "hf_thisTokenOpensNothingAtAll\n" });
  strictEqual(refused.code, 4, refused.stderr);
  match(refused.stderr, /^error: The Hub refused the access token$/m);
  doesNotMatch(refused.stderr, /OpensNothing/);
  hub.clear();
  for (const stdin of ["", "\n", "two words\n", "hf_ü\n"]) {
    const wrong = await box.run(["login", "--json"], { stdin });
    strictEqual(wrong.code, 2, JSON.stringify(stdin) + wrong.stdout);
    strictEqual(readDocument<{ error: { code: string } }>(wrong).error.code, "USAGE_ERROR");
  }
  strictEqual(hub.requests.length, 0);
  strictEqual(await exists(box.tokenFile), false);
});

Deno.test("mm finds the token where the Hub's own tools keep it, the stronger place first", async () => {
  await using place = await openHubBox();
  const { box } = place;
  const who = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> => {
    const finished = await box.run(["whoami", "-q", ...args], { env });
    return finished.code === 0 ? finished.stdout.trimEnd() : String(finished.code);
  };
  const elsewhere = await box.write("elsewhere", ` ${TOKEN}\r\n`);
  await box.write("hf/token", GUEST_TOKEN);
  strictEqual(await who([], {}), "guest");
  strictEqual(await who([], { HF_TOKEN_PATH: elsewhere }), "ada");
  strictEqual(await who([], { HUGGING_FACE_HUB_TOKEN: TOKEN }), "ada");
  strictEqual(await who([], { HF_TOKEN: TOKEN, HUGGING_FACE_HUB_TOKEN: GUEST_TOKEN }), "ada");
  strictEqual(await who(["--token", GUEST_TOKEN], { HF_TOKEN: TOKEN }), "guest");
  strictEqual(await who([], { HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }), "4");
  strictEqual((await box.run(["pull", `${TINY}:${Q4}`, "-q"])).code, 0);
});
