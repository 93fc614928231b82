/**
 * `mm serve` between real processes: what one has pulled, others have from it.
 *
 * @module
 */
import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile, utimes, writeFile } from "node:fs/promises";
import {
  type E2eHub,
  GATED,
  LARGE,
  LARGE_BYTES,
  LARGE_PATH,
  PLAIN,
  sha256,
  startE2eHub,
  TINY,
  TOKEN,
} from "../support/e2e_hub.ts";
import {
  findTexts,
  openSandbox,
  readDocument,
  type RunningProgram,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

const SECRET = "server-token-0123456789";
const onWindows = Deno.build.os === "windows";

interface Started {
  readonly endpoint: string;
}

async function pullInto(box: Sandbox, endpoint: string, ...references: string[]): Promise<void> {
  const args = ["--endpoint", endpoint, "--token", TOKEN, "pull", ...references, "-q"];
  const pulled = await box.run(args);
  strictEqual(pulled.code, 0, pulled.stderr);
}

/** A machine that has pulled models from the Hub and serves them. */
interface Served extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly box: Sandbox;
  readonly server: RunningProgram & Started;
  /** Where it has the large file. */
  readonly largeUrl: string;
}

async function servePulled(...references: string[]): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startE2eHub());
  const box = stack.use(await openSandbox());
  await pullInto(box, hub.endpoint, ...references);
  const server = stack.use(await serve(box));
  const whole = stack.move();
  return {
    hub,
    box,
    server,
    largeUrl: `${server.endpoint}/${LARGE}/resolve/main/${LARGE_PATH}`,
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

/** Starts to serve on a free port and waits for the document. */
async function serve(
  box: Sandbox,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProgram & Started> {
  const program = box.start(["serve", "--port", "0", "--json", ...args], { env });
  await waitUntil(`it says where it is: ${program.stderr}`, () => program.stdout.endsWith("}\n"));
  const { endpoint } = JSON.parse(program.stdout) as Started;
  return Object.assign(program, { endpoint });
}

Deno.test({
  name: "mm serve gives other machines what is in the library, byte for byte, and ends by its signal",
  ignore: onWindows,
  async fn() {
    await using other = await openSandbox();
    await using served = await servePulled(`${TINY}:Q4_K_M`, LARGE, PLAIN);
    const { hub, server } = served;
    const asked = hub.requests.length;
    const result = await other.run([
      "--endpoint",
      server.endpoint,
      "pull",
      `${TINY}:Q4_K_M`,
      LARGE,
      PLAIN,
      "--json",
    ]);
    strictEqual(result.code, 0, result.stderr);
    const { results } = readDocument<{ results: { status: string; commit: string; repo: string }[] }>(result);
    for (const { repo, commit } of results) strictEqual(commit, await hub.commit(repo));
    strictEqual(
      sha256(await readFile(`${other.modelsDir}/${LARGE}/${LARGE_PATH}`)),
      await hub.sha256(LARGE, LARGE_PATH),
    );
    const verified = await other.run(["verify"]);
    strictEqual(verified.code, 0, verified.stderr);
    strictEqual(hub.requests.length, asked, "the Hub is not asked");

    server.signal("SIGTERM");
    const { code, stderr } = await server.finished;
    strictEqual(code, 143);
    match(stderr, /^$|Stopped after/);
  },
});

Deno.test({
  name: "mm serve lets running transfers finish when it is stopped, and takes no new ones",
  ignore: onWindows,
  async fn() {
    await using served = await servePulled(LARGE);
    const { server, largeUrl } = served;
    const response = await fetch(largeUrl);
    const reader = response.body?.getReader();
    let received = (await reader?.read())?.value?.length ?? 0;
    ok(received > 0 && received < LARGE_BYTES);
    server.signal("SIGINT");
    await waitUntil("nobody is let in", async () => {
      try {
        const { body } = await fetch(`${server.endpoint}/metrics`);
        await body?.cancel();
        return false;
      } catch {
        return true;
      }
    });
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
      received += next.value.length;
    }
    strictEqual(received, LARGE_BYTES);
    strictEqual((await server.finished).code, 130);
  },
});

Deno.test({
  name: "mm serve keeps its token out of every file and line, and gated models from who does not have it",
  ignore: onWindows,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openSandbox();
    await pullInto(box, hub.endpoint, GATED, `${TINY}:Q4_K_M`);
    const log = box.join("access.log");
    await using server = await serve(box, ["--host", "0.0.0.0", "-v", "--access-log", log], {
      MM_SERVE_TOKEN: SECRET,
    });
    await using other = await openSandbox();
    const mm = (...args: string[]) => other.run(["--endpoint", server.endpoint, ...args]);
    // Without a right one cannot tell what is missing from what is closed.
    for (const args of [[`${TINY}:Q4_K_M`], [GATED, "--token", "hf_somebodyElse1234567890"]]) {
      const refused = await mm("pull", ...args);
      ok([3, 4].includes(refused.code), refused.stderr);
    }
    const pulled = await mm("pull", GATED, "--token", SECRET, "-q");
    strictEqual(pulled.code, 0, pulled.stderr);
    server.signal("SIGINT");
    const { stderr, stdout } = await server.finished;
    doesNotMatch(stderr + stdout, new RegExp(SECRET));
    match(stderr, /GET \/acme\/gated-GGUF\/resolve\//);
    const lines = (await readFile(log, "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));
    ok(lines.some(({ route, status }) => route === "resolve" && status >= 200 && status < 300));
    ok(lines.some(({ status }) => status === 401));
    strictEqual((await findTexts(box.path, [SECRET])).length, 0);
  },
});

Deno.test({
  name: "mm serve never gives away other bytes than those that were downloaded",
  ignore: onWindows,
  async fn() {
    await using served = await servePulled(LARGE);
    const { box, server, largeUrl } = served;
    const path = `${box.modelsDir}/${LARGE}/${LARGE_PATH}`;
    const bytes = await readFile(path);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await utimes(path, new Date(Date.now() + 60_000), new Date(Date.now() + 60_000));
    await using other = await openSandbox();
    const pulled = await other.run(["--endpoint", server.endpoint, "pull", LARGE]);
    ok(pulled.code !== 0);
    const response = await fetch(largeUrl);
    strictEqual(response.status, 410);
    await response.body?.cancel();
    await waitUntil("a person is told", () => server.stderr.includes("is not served"));
  },
});

Deno.test("mm serve says what to do when the port is taken or nobody says who may read", async () => {
  await using box = await openSandbox();
  await using taken = await startE2eHub();
  const { port } = new URL(taken.endpoint);
  const busy = await box.run(["serve", "--port", port]);
  strictEqual(busy.code, 1);
  match(busy.stderr, new RegExp(`127.0.0.1:${port}[^]*another program has that port[^]*hint: .*--port 0`));
  const open = await box.run(["serve", "--host", "0.0.0.0", "--port", "0"]);
  strictEqual(open.code, 2);
  match(open.stderr, /nothing says who may[^]*hint: [^]*MM_SERVE_TOKEN[^]*--allow-anonymous/);
  const wrong = await box.run(["serve", "--port", "99999", "--json"]);
  strictEqual(readDocument<{ error: { code: string } }>(wrong).error.code, "USAGE_ERROR");
});
