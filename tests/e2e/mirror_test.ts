/**
 * `mm` with mirrors: who is asked when the Hub cannot be reached, what is sent there, and what is believed.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorData } from "../../core/base/errors.ts";
import type { PullResult } from "../../core/operations/model_manager.ts";
import type { HttpHandler } from "../../core/platform/listen.ts";
import { type E2eHub, GATED, PLAIN, sha256, startE2eHub, TINY, TOKEN } from "../support/e2e_hub.ts";
import { requestsFor } from "../support/faults.ts";
import {
  filesBelow,
  findTexts,
  type FinishedProgram,
  openSandbox,
  readDocument,
  type Sandbox,
} from "../support/run_program.ts";

const Q4 = "tiny-Q4_K_M.gguf";

/** A port on which nobody listens. */
function deadEndpoint(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${listener.addr.port}`;
}

/** A sandbox with an endpoint and mirrors. */
async function openBox(endpoint: string, mirrors: readonly string[]): Promise<Sandbox> {
  const box = await openSandbox({ HF_ENDPOINT: endpoint });
  const config = { mirrors, download: { max_retries: 0 } };
  await box.write("config/model-manager/config.json", JSON.stringify(config));
  return box;
}

async function checkBytes(hub: E2eHub, box: Sandbox, repo: string): Promise<void> {
  const folder = join(box.modelsDir, repo);
  const paths = (await filesBelow(folder)).filter((path) => !path.startsWith(".cache/"));
  ok(paths.length > 0, "nothing was pulled");
  for (const path of paths) {
    strictEqual(sha256(await readFile(join(folder, ...path.split("/")))), await hub.sha256(repo, path), path);
  }
}

function errorOf(finished: FinishedProgram): ErrorData | undefined {
  const document = readDocument<{ error?: ErrorData; results?: PullResult[] }>(finished);
  return document.error ?? document.results?.[0]?.error;
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(new RegExp(pattern, "g"))?.length ?? 0;
}

Deno.test("mm uses a mirror when the Hub is down, says so once, and sends it no token", async () => {
  await using mirror = await startE2eHub();
  const [endpoint, other] = [deadEndpoint(), deadEndpoint()];
  await using box = await openBox(endpoint, [other, mirror.endpoint]);
  const env = { HF_TOKEN: TOKEN };
  const pulled = await box.run(["pull", TINY, PLAIN, "-v"], { env });
  strictEqual(pulled.code, 0, pulled.stderr);
  await checkBytes(mirror, box, TINY);
  await checkBytes(mirror, box, PLAIN);
  strictEqual(countOf(pulled.stderr, /cannot be reached, using/), 1, pulled.stderr);
  ok(
    pulled.stderr.includes(
      `"${endpoint}" and "${other}" cannot be reached, using the mirror "${mirror.endpoint}" ` +
        "without the access token (the connection was refused)",
    ),
    pulled.stderr,
  );
  ok(mirror.requests.length > 5);
  deepStrictEqual(mirror.requests.filter(({ authorized }) => authorized), [], "the token went to a mirror");
  deepStrictEqual(mirror.errors, []);
  deepStrictEqual(await findTexts(box.path, [TOKEN, ...mirror.signatures]), []);
  ok(!`${pulled.stdout}${pulled.stderr}`.includes(TOKEN));

  const [shown, found] = await Promise.all([box.run(["show", TINY]), box.run(["search", "tiny", "--quiet"])]);
  strictEqual(shown.code, 0, shown.stderr);
  strictEqual(found.stdout, `${TINY}\n`);
});

Deno.test("mm finishes at a mirror what the Hub began, and believes the Hub about the bytes", async () => {
  await using hub = await startE2eHub({
    hubFaults: [{ effect: { type: "status", status: 502 }, when: ({ url }) => url.includes("/resolve/") }],
  });
  await using mirror = await startE2eHub();
  await using wrong = await startE2eHub({
    fileHostFaults: [{ effect: { type: "corrupt", position: 1000 }, when: requestsFor(Q4) }],
  });
  await using box = await openBox(hub.endpoint, [mirror.endpoint]);
  await using other = await openBox(hub.endpoint, [wrong.endpoint]);
  const [pulled, refused] = await Promise.all([
    box.run(["pull", TINY], { env: { HF_TOKEN: TOKEN } }),
    other.run(["pull", TINY, "--json"]),
  ]);
  strictEqual(pulled.code, 0, pulled.stderr);
  match(pulled.stderr, /cannot be reached, using the mirror .*\(it answered 502 Bad Gateway\)/);
  await checkBytes(mirror, box, TINY);
  deepStrictEqual(mirror.apiCalls(), [], "the Hub's own facts were at hand");
  strictEqual(mirror.requests.some(({ authorized }) => authorized), false);

  strictEqual(refused.code, 5, refused.stdout);
  strictEqual(errorOf(refused)?.code, "CHECKSUM_MISMATCH");
  deepStrictEqual((await filesBelow(join(other.modelsDir, TINY))).filter((path) => path === Q4), []);
});

/** A mirror made of a web server: no `X-Linked-…`, no length, no entity tag, no ranges, no second host. */
function plainWebServer(handler: HttpHandler): HttpHandler {
  return async (request) => {
    const headers = new Headers(request.headers);
    headers.delete("range");
    const response = await handler(new Request(request.url, { method: request.method, headers }));
    const kept = new Headers({ "content-type": response.headers.get("content-type") ?? "text/plain" });
    return new Response(response.body, { status: response.status, headers: kept });
  };
}

Deno.test("mm pulls from a mirror that says nothing of its files and knows no ranges", async () => {
  await using mirror = await startE2eHub({ fileHost: false, wrapHub: plainWebServer });
  await using box = await openBox(deadEndpoint(), [mirror.endpoint]);
  const pulled = await box.run(["pull", TINY, PLAIN]);
  strictEqual(pulled.code, 0, pulled.stderr);
  await checkBytes(mirror, box, TINY);
  await checkBytes(mirror, box, PLAIN);
});

Deno.test("mm asks no mirror when the Hub answers: neither for what is missing or closed nor for wrong bytes", async () => {
  await using hub = await startE2eHub({
    fileHostFaults: [{ effect: { type: "corrupt", position: 1000 }, when: requestsFor(Q4) }],
  });
  await using mirror = await startE2eHub();
  await using box = await openBox(hub.endpoint, [mirror.endpoint]);
  const failures: readonly (readonly [reference: string, exit: number])[] = [
    ["acme/none", 3],
    [`${TINY}@nope`, 3],
    [GATED, 4],
    [TINY, 5],
  ];
  await Promise.all(failures.map(async ([reference, exit]) => {
    const finished = await box.run(["pull", reference, "--json"]);
    strictEqual(finished.code, exit, finished.stdout);
    doesNotMatch(finished.stderr, /mirror/);
  }));
  deepStrictEqual(mirror.requests, []);
});

Deno.test("mm ends with 6 when neither the Hub nor a mirror can be reached, and names both", async () => {
  const [endpoint, mirror] = [deadEndpoint(), deadEndpoint()];
  await using box = await openBox(endpoint, [mirror]);
  const [text, json] = await Promise.all([box.run(["pull", TINY]), box.run(["pull", TINY, "--json"])]);
  strictEqual(text.code, 6, text.stderr);
  ok(text.stderr.includes(`Neither "${endpoint}" nor its mirror "${mirror}" can be reached`), text.stderr);
  match(text.stderr, /^hint: See the mirrors: mm config get mirrors$/m);
  strictEqual(errorOf(json)?.code, "NETWORK_ERROR");
  doesNotMatch(text.stderr, /using the mirror/);
});

Deno.test("mm says that a mirror did not get the token when it refuses a gated model", async () => {
  await using mirror = await startE2eHub();
  const endpoint = deadEndpoint();
  await using box = await openBox(endpoint, [mirror.endpoint]);
  const pulled = await box.run(["pull", GATED, "--json"], { env: { HF_TOKEN: TOKEN } });
  strictEqual(pulled.code, 4, pulled.stdout);
  const hints = errorOf(pulled)?.hints.join("\n") ?? "";
  ok(hints.includes(`The access token goes to "${endpoint}" only`), hints);
  ok(hints.includes(`The mirror "${mirror.endpoint}" says so`), hints);
  strictEqual(mirror.requests.some(({ authorized }) => authorized), false);
});

/** Redirects of the Hub's own, from one address to the next. */
function redirecting(next: (step: number) => string): (handler: HttpHandler) => HttpHandler {
  return (handler) => (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.includes("/resolve/")) return handler(request);
    const step = Number(searchParams.get("step") ?? 0);
    return new Response(null, { status: 307, headers: { location: `${pathname}?step=${next(step)}` } });
  };
}

Deno.test("mm pull follows the Hub in no circle and not for ever, and asks no mirror because of it", async () => {
  await using circle = await startE2eHub({ wrapHub: redirecting((step) => String((step + 1) % 3)) });
  await using endless = await startE2eHub({ wrapHub: redirecting((step) => String(step + 1)) });
  await using mirror = await startE2eHub();
  const cases = [[circle, /in a circle/, 4], [endless, /more than 10 redirects/, 11]] as const;
  await Promise.all(cases.map(async ([hub, message, steps]) => {
    await using box = await openBox(hub.endpoint, [mirror.endpoint]);
    const pulled = await box.run(["pull", TINY, "--json"]);
    deepStrictEqual([pulled.code, errorOf(pulled)?.code], [6, "NETWORK_ERROR"], pulled.stdout);
    match(pulled.stdout, message);
    const places = new Set(
      hub.requests.filter(({ path }) => path.includes("/resolve/")).map(({ search }) => search),
    );
    strictEqual(places.size, steps);
  }));
  deepStrictEqual(mirror.requests, []);
});
