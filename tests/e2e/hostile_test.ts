/**
 * A Hub that means harm: names that lead elsewhere, redirects that lead elsewhere, secrets that must not.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorData } from "../../core/base/errors.ts";
import type { PullResult } from "../../core/operations/model_manager.ts";
import { listen } from "../../core/platform/listen.ts";
import { GATED, LARGE, PLAIN, PRIVATE, startE2eHub, TINY, TOKEN } from "../support/e2e_hub.ts";
import { requestsFor } from "../support/faults.ts";
import type { RandomModelOptions } from "../support/random_model.ts";
import {
  filesBelow,
  findTexts,
  type FinishedProgram,
  openSandbox,
  readDocument,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

/** Names that no pull may turn into files, each in a model of its own. */
const HOSTILE_NAMES: readonly (readonly [name: string, problem: RegExp])[] = [
  ["../evil.txt", /contains "\.\."/],
  ["../../../../evil.txt", /contains "\.\."/],
  ["a/../../evil.txt", /contains "\.\."/],
  ["./evil.txt", /contains "\."/],
  ["/evil.txt", /absolute/],
  ["//host/share/evil.txt", /absolute/],
  ["C:/evil.txt", /drive letter/],
  ["c:evil.txt", /drive letter/],
  ["..\\evil.txt", /backslash/],
  ["evil\0.txt", /NUL/],
  ["evil\n.txt", /character that no file name may have/],
  ["evil\u001b[2J.txt", /character that no file name may have/],
  ["CON", /reserved name on Windows/],
  ["folder/nul.txt", /reserved name on Windows/],
  ["evil.txt:stream", /character that no file name may have/],
  ["evil.txt.", /ends with a dot or a space/],
  ["folder /evil.txt", /ends with a dot or a space/],
  ["a//evil.txt", /empty folder name/],
  [".cache/lock", /our own folder/],
  [`${"x".repeat(256)}.txt`, /longer than 255 bytes/],
];

function hostileModel(repo: string, paths: readonly string[]): RandomModelOptions {
  return {
    repo,
    files: [{ path: "fine.txt", text: "fine" }, ...paths.map((path) => ({ path, text: "evil" }))],
  };
}

function resultError(finished: FinishedProgram): ErrorData | undefined {
  return readDocument<{ results: PullResult[] }>(finished).results[0]?.error;
}

/** What a terminal would obey. */
function controlCharacters(text: string): string[] {
  return text.match(/[\p{Cc}]/gu)?.filter((character) => character !== "\n") ?? [];
}

/** Everything in the sandbox that is not the program's own state. */
async function strangers(box: Sandbox): Promise<string[]> {
  return (await box.files()).filter((path) => !/^state\/model-manager\/state\.kv/.test(path));
}

Deno.test("mm pull refuses every hostile name of the Hub's, and writes nothing at all", async () => {
  const models = HOSTILE_NAMES.map(([name], index) => hostileModel(`acme/hostile-${index}`, [name]));
  await using hub = await startE2eHub({ models });
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  const references = HOSTILE_NAMES.map((_, index) => `acme/hostile-${index}`);
  const before = (await readdir(join(box.path, ".."))).sort();

  const finished = await box.run(["pull", ...references, "--json"]);
  strictEqual(finished.code, 1, finished.stdout);
  const { results } = readDocument<{ results: PullResult[] }>(finished);
  strictEqual(results.length, HOSTILE_NAMES.length);
  for (const [index, [name, problem]] of HOSTILE_NAMES.entries()) {
    const { status, error, paths } = results[index] ?? {};
    const shown = `${JSON.stringify(name)}: ${JSON.stringify(error)}`;
    deepStrictEqual([status, paths, error?.code], ["failed", [], "FAILED"], shown);
    match(error?.message ?? "", /^Refused the file "/, shown);
    match(error?.message ?? "", problem, shown);
    ok((error?.hints.length ?? 0) > 0, shown);
  }
  const text = await box.run(["pull", ...references]);
  deepStrictEqual(controlCharacters(text.stderr), [], "a name reached the terminal as it is");
  strictEqual(hub.bodyBytes(), 0);
  deepStrictEqual(await strangers(box), []);
  const after = (await readdir(join(box.path, ".."))).sort();
  deepStrictEqual(after.filter((name) => /evil/i.test(name)), before.filter((name) => /evil/i.test(name)));
});

Deno.test("mm pull of a harmless file beside hostile names works, and show lists them without harm", async () => {
  const names = HOSTILE_NAMES.map(([name]) => name);
  await using hub = await startE2eHub({ models: [hostileModel("acme/mixed", names)] });
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  const pulled = await box.run(["pull", "acme/mixed:fine.txt"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  strictEqual(await readFile(join(box.modelsDir, "acme", "mixed", "fine.txt"), "utf8"), "fine");
  const shown = await box.run(["show", "acme/mixed"]);
  strictEqual(shown.code, 0, shown.stderr);
  match(shown.stdout, /fine\.txt/);
  deepStrictEqual(controlCharacters(shown.stdout + shown.stderr), []);
  for (const selector of ["../evil.txt", "..", "/evil.txt", "*"]) {
    const refused = await box.run(["pull", `acme/mixed:${selector}`]);
    strictEqual(refused.code, 1, `${selector}: ${refused.stderr}`);
  }
  deepStrictEqual(
    (await filesBelow(join(box.modelsDir, "acme"))).filter((path) => !path.includes(".cache/")),
    [
      "mixed/fine.txt",
    ],
  );
});

Deno.test("mm pull refuses names that one file system takes for the same, and takes one of them", async () => {
  const pairs = [["Readme.txt", "README.txt"], ["a", "a/b.txt"], ["u\u0308.txt", "\u00fc.txt"]];
  const models = pairs.map((paths, index) => hostileModel(`acme/pair-${index}`, paths));
  await using hub = await startE2eHub({ models });
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  const finished = await box.run(["pull", ...models.map(({ repo }) => repo ?? ""), "--json"]);
  const { results } = readDocument<{ results: PullResult[] }>(finished);
  deepStrictEqual(results.map(({ error }) => error?.code), ["FAILED", "FAILED", "FAILED"]);
  for (const { error } of results) match(error?.message ?? "", /^Refused the files /);
  deepStrictEqual(await strangers(box), []);
  const one = await box.run(["pull", "acme/pair-0:README.txt"]);
  strictEqual(one.code, 0, one.stderr);
});

Deno.test("mm believes no repository name that leads out of the library", async () => {
  for (const id of ["../../evil", "/evil", "acme/..", ".cache/x", "acme/tiny\0"]) {
    await using hub = await startE2eHub({
      wrapHub: (handler) => async (request) => {
        const response = await handler(request);
        if (!request.url.includes("/api/")) return response;
        const text = (await response.text()).replaceAll(JSON.stringify(TINY), JSON.stringify(id));
        return new Response(text, { headers: { "content-type": "application/json" } });
      },
    });
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    const pulled = await box.run(["pull", TINY, "--json"]);
    strictEqual(pulled.code, 1, `${id}: ${pulled.stdout}`);
    doesNotMatch(pulled.stderr, /bug in mm/);
    strictEqual(hub.bodyBytes(), 0);
    deepStrictEqual(await strangers(box), [], id);
  }
});

Deno.test("mm pull follows no redirect to files of this machine, in circles or without end", async () => {
  const redirects = ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x", "", "http://["];
  for (const location of redirects) {
    await using hub = await startE2eHub({
      hubFaults: [{ effect: { type: "redirect", location }, when: ({ url }) => url.includes("/resolve/") }],
    });
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    const pulled = await box.run(["pull", TINY, "--json"]);
    deepStrictEqual(
      [pulled.code, resultError(pulled)?.code],
      [6, "NETWORK_ERROR"],
      `${location} ${pulled.stdout}`,
    );
    strictEqual(hub.bodyBytes(), 0);
  }
});

Deno.test("mm sends the token to the Hub only, whatever the Hub redirects to", async () => {
  const seen: (string | null)[] = [];
  await using other = listen((request) => {
    seen.push(request.headers.get("authorization"));
    return new Response("no", { status: 404 });
  });
  await using hub = await startE2eHub({
    hubFaults: [
      {
        effect: { type: "redirect", location: `${other.url.replace("127.0.0.1", "localhost")}/stolen` },
        when: ({ url }) => url.includes("/resolve/"),
      },
      {
        effect: { type: "redirect", location: `${other.url}/api/models` },
        when: ({ url }) => new URL(url).pathname === "/api/models",
      },
    ],
  });
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint, HF_TOKEN: TOKEN });
  const pulled = await box.run(["pull", TINY]);
  strictEqual(pulled.code, 3, pulled.stderr);
  const searched = await box.run(["search", "tiny"]);
  strictEqual(searched.code, 6, searched.stderr);
  ok(seen.length > 0);
  deepStrictEqual(seen.filter((header) => header !== null), []);
  ok(hub.requests.some(({ authorized }) => authorized), "the Hub itself gets the token");
});

/** What was printed by every run. */
async function printAll(box: Sandbox, runs: readonly (readonly string[])[]): Promise<string> {
  const texts: string[] = [];
  for (const args of runs) {
    const { stdout, stderr } = await box.run(args);
    texts.push(stdout, stderr);
  }
  return texts.join("\n");
}

Deno.test("mm never writes or prints the token, nor a signature of the file host", async () => {
  let broken = false;
  await using hub = await startE2eHub({
    fileHostFaults: [
      { effect: { type: "expired" }, when: (request) => broken && requestsFor("gated-Q8_0.gguf")(request) },
      {
        effect: { type: "cut", afterBytes: 5000 },
        when: (request) => broken && requestsFor("model.safetensors")(request),
      },
    ],
  });
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint, HF_TOKEN: TOKEN });
  let printed = await printAll(box, [
    ["pull", TINY, GATED, PRIVATE, "-vv"],
    ["pull", TINY, GATED, "-v", "--json"],
    ["show", PRIVATE, "-vv"],
    ["search", "tiny", "-vv"],
    ["whoami", "-vv", "--json"],
    ["config", "show", "--origin"],
  ]);
  broken = true;
  await box.write("config/model-manager/config.json", `{"download":{"max_retries":0}}`);
  printed += await printAll(box, [
    ["pull", GATED, PLAIN, "--force", "-vv"],
    ["pull", GATED, PLAIN, "--force", "--events"],
    ["pull", `hf://${TOKEN}@x/y`, `${hub.endpoint}/${TINY}/resolve/main/x?token=${TOKEN}`, "-vv"],
    ["pull", TINY, "--token", TOKEN, "--endpoint", "http://127.0.0.1:9", "-vv"],
    ["pull", TINY, "--token", TOKEN, "--nonsense"],
    ["remove", TINY, "--token", TOKEN],
    ["history", "list", "--json"],
  ]);
  // A journal that was left behind, and everything around it.
  hub.bytesPerSecond = 150_000;
  await using running = box.start(["pull", LARGE, "-vv"]);
  await waitUntil(
    "there is a journal",
    async () => (await box.files()).some((path) => path.endsWith(".journal")),
  );
  running.signal("SIGKILL");
  const { stdout, stderr } = await running.finished;
  printed += stdout + stderr;

  const secrets = [TOKEN, ...hub.signatures];
  ok(hub.signatures.length >= 4, "signed addresses were used");
  const leaks = printed.split("\n").filter((line) => secrets.some((secret) => line.includes(secret)));
  deepStrictEqual(leaks, []);
  deepStrictEqual(await findTexts(box.path, secrets), []);
  deepStrictEqual(hub.requests.filter(({ host, authorized }) => host === "file-host" && authorized), []);
  match(printed, /GET http:\/\/127\.0\.0\.1:\d+\/api\/models\//, "-vv shows requests");
});
