import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import {
  type E2eHub,
  type E2eHubOptions,
  GATED,
  GUEST_TOKEN,
  LARGE,
  LARGE_BYTES,
  LARGE_PATH,
  ODD_PATHS,
  PLAIN,
  PRIVATE,
  sha256,
  startE2eHub,
  TINY,
  TOKEN,
} from "../support/e2e_hub.ts";
import { deadEndpoint, requestsFor } from "../support/faults.ts";
import { openSandbox, type RunningProgram, type Sandbox, waitUntil } from "../support/run_program.ts";

const LARGE_URL = `/${LARGE}/resolve/main/${LARGE_PATH}`;

interface Mirror extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly box: Sandbox;
  readonly server: RunningProgram;
  get(path: string, init?: RequestInit & { readonly token?: string }): Promise<Response>;
  /** A number of `/metrics`. */
  metric(name: string): Promise<number>;
}

async function startServer(
  box: Sandbox,
  args: readonly string[] = [],
): Promise<{ readonly program: RunningProgram; readonly endpoint: string }> {
  const program = box.start(["serve", "--pull-through", "--port", "0", "--json", ...args]);
  await waitUntil("the server listens", () => program.stdout.trimEnd().endsWith("}"));
  return { program, endpoint: String(JSON.parse(program.stdout).endpoint) };
}

async function startMirror(
  options: E2eHubOptions & {
    readonly args?: readonly string[];
    readonly prepare?: (box: Sandbox) => Promise<void>;
  } = {},
): Promise<Mirror> {
  await using opened = new AsyncDisposableStack();
  const { args, prepare, ...hubOptions } = options;
  const hub = opened.use(await startE2eHub(hubOptions));
  const box = opened.use(await openSandbox({ HF_ENDPOINT: hub.endpoint }));
  await prepare?.(box);
  const { program, endpoint } = await startServer(box, args);
  opened.use(program);
  const owned = opened.move();
  const get: Mirror["get"] = (path, { token, ...init } = {}) =>
    fetch(endpoint + path, {
      ...init,
      headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });
  return {
    hub,
    box,
    server: program,
    get,
    async metric(name) {
      const text = await (await get("/metrics")).text();
      const lines = text.split("\n").filter((line) => line.startsWith(name));
      return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Where the file is in the library. */
function kept({ box }: Mirror, repo: string, path: string): string {
  return join(box.modelsDir, ...repo.split("/"), ...path.split("/"));
}

async function filesBelow(folder: string): Promise<string[]> {
  const names: string[] = [];
  if (!await exists(folder)) return names;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    names.push(...(isDirectory ? await filesBelow(join(folder, name)) : [name]));
  }
  return names;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("mm serve --pull-through fetches a file once for everybody who asks, keeps it, and needs the Hub no more", async () => {
  await using mirror = await startMirror();
  const { hub, get } = mirror;
  const wanted = await hub.sha256(LARGE, LARGE_PATH);
  hub.bytesPerSecond = 6_000_000;
  hub.clear();
  const digests = await Promise.all(Array.from({ length: 20 }, async () => {
    const response = await get(LARGE_URL);
    strictEqual(response.status, 200);
    strictEqual(response.headers.get("etag"), `"${wanted}"`);
    strictEqual(response.headers.get("x-repo-commit"), await hub.commit(LARGE));
    return sha256(await response.bytes());
  }));
  deepStrictEqual(new Set(digests), new Set([wanted]));
  // Lanes that were taken over may have been sent a little more.
  ok(hub.bodyBytes() < 1.2 * LARGE_BYTES, `${hub.bodyBytes()} bytes came from the Hub`);
  strictEqual(sha256(await Deno.readFile(kept(mirror, LARGE, LARGE_PATH))), wanted);

  hub.clear();
  const again = await get(LARGE_URL, { headers: { range: "bytes=1000-1999" } });
  strictEqual(again.status, 206);
  strictEqual((await again.bytes()).length, 1000);
  deepStrictEqual(hub.requests, [], "what is here is not asked for again");
});

Deno.test("mm serve --pull-through passes a file on while it arrives", async () => {
  await using mirror = await startMirror();
  const { hub, get } = mirror;
  hub.bytesPerSecond = 1_000_000;
  const response = await get(LARGE_URL);
  const reader = response.body?.getReader();
  let received = 0;
  while (received < 2_000_000) received += (await reader?.read())?.value?.length ?? NaN;
  strictEqual(await exists(kept(mirror, LARGE, LARGE_PATH)), false);
  hub.bytesPerSecond = undefined;
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    received += next.value.length;
  }
  strictEqual(received, LARGE_BYTES);
});

Deno.test("mm serve --pull-through fetches a part far ahead first, and ends its reply with the proof", async () => {
  await using mirror = await startMirror();
  const { hub, get } = mirror;
  const bytes = await expected(hub);
  hub.bytesPerSecond = 500_000;
  const parts = await Promise.all([0, 6e6, 12e6, 18e6].map(async (start) => {
    const end = start + 6e6;
    const response = await get(LARGE_URL, { headers: { range: `bytes=${start}-${end - 1}` } });
    strictEqual(response.status, 206);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    const atFirst = await mirror.metric("mm_pull_through_sent_bytes_total");
    const pieces = [first?.value ?? new Uint8Array()];
    hub.bytesPerSecond = 20_000_000;
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      pieces.push(next.value);
    }
    const part = new Uint8Array(await new Blob(pieces).arrayBuffer());
    deepStrictEqual(sha256(part), sha256(bytes.subarray(start, end)));
    return atFirst;
  }));
  // The farthest reader had its first bytes long before everything was there.
  ok((parts[3] ?? Infinity) < 9_000_000, `it began after ${parts[3]} bytes`);
});

async function expected(hub: E2eHub): Promise<Uint8Array> {
  const { expectedBytes } = await import("../support/random_model.ts");
  return await expectedBytes(hub.source, { repo: LARGE, path: LARGE_PATH, revision: "main" });
}

Deno.test("mm serve --pull-through keeps odd names, small and empty files, as one model", async () => {
  await using mirror = await startMirror();
  const { hub, get, box } = mirror;
  const paths = [
    "config.json",
    "tokenizer.json",
    "onnx/model.onnx",
    "empty.txt",
    "model.safetensors",
    ...ODD_PATHS,
  ];
  await Promise.all(paths.map(async (path) => {
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    const response = await get(`/${PLAIN}/resolve/main/${encoded}`);
    strictEqual(response.status, 200, path);
    strictEqual(sha256(await response.bytes()), await hub.sha256(PLAIN, path), path);
  }));
  const listed = JSON.parse((await box.run(["list", "--json"])).stdout).models;
  deepStrictEqual(listed.map((model: { readonly repo: string }) => model.repo), [PLAIN]);
  strictEqual(listed[0].revision, "main");
  strictEqual(listed[0].commit, await hub.commit(PLAIN));
  const missing = await get(`/${PLAIN}/resolve/main/nothing.json`);
  strictEqual(missing.status, 404);
  strictEqual(missing.headers.get("x-error-code"), "EntryNotFound");
  strictEqual(missing.headers.get("x-repo-commit"), await hub.commit(PLAIN));
  strictEqual(await exists(kept(mirror, PLAIN, "empty.txt")), true);
  strictEqual((await box.run(["verify"])).code, 0);
});

Deno.test({
  name: "mm serve --pull-through fetches anew what was changed on the disk, although it does not look so",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using mirror = await startMirror();
    const { hub, get } = mirror;
    const wanted = await hub.sha256(LARGE, LARGE_PATH);
    strictEqual(sha256(await (await get(LARGE_URL)).bytes()), wanted);
    const path = kept(mirror, LARGE, LARGE_PATH);
    const { mtime } = await Deno.stat(path);
    // Only seconds are told of it.
    const provedAtMs = Date.now();
    await waitUntil("a change has another time", () => Date.now() > provedAtMs + 1100);
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    await Deno.writeFile(path, bytes);
    await Deno.utime(path, mtime ?? 0, mtime ?? 0);
    for (const range of ["bytes=0-", "bytes=23000000-"]) {
      const again = await get(LARGE_URL, { headers: { range } });
      strictEqual(again.status, 206);
      const part = await again.bytes();
      deepStrictEqual(sha256(part), sha256((await expected(hub)).subarray(LARGE_BYTES - part.length)));
    }
  },
});

Deno.test("mm serve --pull-through fetches two versions of a file at once, and leaves nothing behind", async () => {
  await using mirror = await startMirror();
  const { hub, get, box } = mirror;
  const path = "tiny-Q4_K_M.gguf";
  hub.bytesPerSecond = 1_000_000;
  const old = await get(`/${TINY}/resolve/v1/${path}`);
  const reader = old.body?.getReader();
  await reader?.read();
  const newer = get(`/${TINY}/resolve/main/${path}`);
  hub.bytesPerSecond = undefined;
  strictEqual(sha256(await (await newer).bytes()), await hub.sha256(TINY, path));
  while ((await reader?.read())?.done === false);
  const folder = join(box.modelsDir, ...TINY.split("/"), ".cache");
  deepStrictEqual((await filesBelow(folder)).filter((name) => /\.(?:part|journal)/.test(name)), []);
});

Deno.test("mm serve --pull-through passes on what the Hub says of models, page by page", async () => {
  await using mirror = await startMirror();
  const { hub, get } = mirror;
  const question = "/api/models?limit=1&sort=id";
  const first = await get(question);
  deepStrictEqual(await first.json(), await (await fetch(hub.endpoint + question)).json());
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
  strictEqual(new URL(next).origin, new URL(first.url).origin, "the next page is here");
  strictEqual((await (await fetch(next)).json()).length, 1);
  for (
    const path of [
      `/api/models/${TINY}`,
      `/api/models/${TINY}/tree/main?recursive=true`,
      `/api/models/${TINY}/refs`,
    ]
  ) {
    deepStrictEqual(await (await get(path)).json(), await (await fetch(hub.endpoint + path)).json(), path);
  }
  hub.clear();
  await (await get(`/api/models/${TINY}`)).body?.cancel();
  deepStrictEqual(hub.requests, [], "an answer holds for a while");
  const paths = await get(`/api/models/${TINY}/paths-info/main`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ paths: ["README.md"] }),
  });
  strictEqual((await paths.json())[0].path, "README.md");
  const renamed = await get("/api/models/acme/old-tiny-GGUF", { redirect: "manual" });
  strictEqual(renamed.status, 307);
  strictEqual(renamed.headers.get("location"), `/api/models/${TINY}`);
});

Deno.test("mm serve --pull-through gives private and gated files only to who has a right at the Hub", async () => {
  await using mirror = await startMirror({ args: ["-v"] });
  const { hub, get, box, server } = mirror;
  const gated = `/${GATED}/resolve/main/gated-Q8_0.gguf`;
  const secret = `/${PRIVATE}/resolve/main/private-Q8_0.gguf`;
  for (const round of ["before it is here", "when it is here"]) {
    strictEqual((await get(gated)).status, 401, round);
    strictEqual((await get(gated)).headers.get("x-error-code"), "GatedRepo");
    strictEqual((await get(gated, { token: GUEST_TOKEN })).status, 403, round);
    strictEqual((await get(secret)).status, 401, round);
    strictEqual((await get(secret, { token: GUEST_TOKEN })).status, 404, round);
    strictEqual((await get(`/api/models/${PRIVATE}`)).status, 401, round);
    for (
      const [path, repo, name] of [[gated, GATED, "gated-Q8_0.gguf"], [
        secret,
        PRIVATE,
        "private-Q8_0.gguf",
      ]] as const
    ) {
      const response = await get(path, { token: TOKEN });
      strictEqual(response.status, 200, round);
      strictEqual(sha256(await response.bytes()), await hub.sha256(repo, name));
    }
  }
  strictEqual((await get("/api/whoami-v2", { token: TOKEN })).status, 200);
  server.signal("SIGINT");
  await server.finished;
  strictEqual(hub.requests.some(({ host, authorized }) => host === "file-host" && authorized), false);
  const { findTexts } = await import("../support/run_program.ts");
  deepStrictEqual(await findTexts(box.path, [TOKEN, GUEST_TOKEN]), [], "no token is on the disk");
  ok(!server.stderr.includes(TOKEN) && !server.stderr.includes(GUEST_TOKEN));
});

Deno.test("mm serve --pull-through answers from the library when the Hub cannot be reached", async () => {
  await using mirror = await startMirror();
  const { hub, box, server } = mirror;
  const wanted = await hub.sha256(LARGE, LARGE_PATH);
  await (await mirror.get(LARGE_URL)).bytes();
  await (await mirror.get(`/${GATED}/resolve/main/gated-Q8_0.gguf`, { token: TOKEN })).bytes();
  server.signal("SIGINT");
  await server.finished;
  const dead = box.start(["serve", "--pull-through", "--port", "0", "--json", "--endpoint", deadEndpoint()]);
  await using _dead = dead;
  await waitUntil("the server listens", () => dead.stdout.trimEnd().endsWith("}"));
  const { endpoint } = JSON.parse(dead.stdout);
  const file = await fetch(endpoint + LARGE_URL);
  strictEqual(file.status, 200);
  strictEqual(sha256(await file.bytes()), wanted);
  const info = await (await fetch(`${endpoint}/api/models/${LARGE}`)).json();
  strictEqual(info.sha, await hub.commit(LARGE));
  const search = await (await fetch(`${endpoint}/api/models?search=large`)).json();
  strictEqual(search[0].id, LARGE);
  const absent = await fetch(`${endpoint}/${TINY}/resolve/main/README.md`);
  strictEqual(absent.status, 502);
  match(absent.headers.get("x-error-message") ?? "", /cannot be reached/);
  const closed = await fetch(`${endpoint}/${GATED}/resolve/main/gated-Q8_0.gguf`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  ok(closed.status >= 400, "nobody can tell whether the token has a right");
  await closed.body?.cancel();
});

Deno.test("mm serve --pull-through passes a rate limit on with the time of its reset, at once", async () => {
  await using mirror = await startMirror({
    hubFaults: [{
      when: (request) => request.url.includes(LARGE) || request.url.includes("search=x"),
      effect: { type: "rate-limit", resetSeconds: 77, retryAfterSeconds: 77 },
    }],
  });
  const startedMs = performance.now();
  for (const path of [LARGE_URL, "/api/models?search=x"]) {
    const response = await mirror.get(path);
    strictEqual(response.status, 429);
    match(response.headers.get("ratelimit") ?? "", /t=77/);
    strictEqual(response.headers.get("retry-after"), "77");
    await response.body?.cancel();
  }
  ok(performance.now() - startedMs < 5_000);
});

Deno.test("mm serve --pull-through tells who waits for a file why the Hub does not give it", async () => {
  const status = (path: string, code: number) => ({
    when: (request: Request) => request.method === "HEAD" && request.url.endsWith(path),
    effect: { type: "status", status: code, headers: { "x-error-message": `No ${code}` } } as const,
  });
  await using mirror = await startMirror({
    hubFaults: [status("tiny-Q4_K_M.gguf", 403), status("tiny-Q8_0.gguf", 404), {
      when: (request) => request.method === "HEAD" && request.url.endsWith("config.json"),
      effect: { type: "rate-limit", resetSeconds: 55, retryAfterSeconds: 55 },
    }],
  });
  for (
    const [path, code] of [["tiny-Q4_K_M.gguf", 403], ["tiny-Q8_0.gguf", 404], ["config.json", 429]] as const
  ) {
    const response = await mirror.get(`/${TINY}/resolve/main/${path}`);
    strictEqual(response.status, code, path);
    if (code !== 429) strictEqual(response.headers.get("x-error-message"), `No ${code}`);
    else strictEqual(response.headers.get("retry-after"), "55");
    await response.body?.cancel();
  }
});

Deno.test("mm serve --pull-through tells who waits that the file host has no time, and when it has", async () => {
  for (const [status, retryAfter, expectedStatus] of [[429, "60", 429], [503, "1", 503]] as const) {
    await using mirror = await startMirror({
      fileHostFaults: [{
        when: requestsFor(LARGE_PATH),
        effect: { type: "status", status, headers: { "retry-after": retryAfter } },
      }],
    });
    const response = await mirror.get(LARGE_URL);
    strictEqual(response.status, expectedStatus);
    ok(Number(response.headers.get("retry-after")) > 0);
    await response.body?.cancel();
  }
});

Deno.test("mm serve --pull-through never ends a reply that has wrong bytes, and keeps nothing of it", async () => {
  await using mirror = await startMirror({
    fileHostFaults: [{ when: requestsFor(LARGE_PATH), effect: { type: "corrupt", position: 1000 } }],
  });
  const response = await mirror.get(LARGE_URL);
  strictEqual(response.status, 200);
  await rejects(response.bytes());
  strictEqual(await exists(kept(mirror, LARGE, LARGE_PATH)), false);
});

Deno.test("mm serve --pull-through cuts off who was given a wrong byte, and mends the file", async () => {
  await using mirror = await startMirror({
    fileHostFaults: [{
      when: requestsFor(LARGE_PATH),
      times: 1,
      effect: { type: "corrupt", position: 1000 },
    }],
  });
  const { hub, get } = mirror;
  const response = await get(LARGE_URL);
  await rejects(response.bytes());
  // Who goes on where it was cut off would add right bytes to wrong ones: it gets everything.
  for (const range of [undefined, "bytes=5000000-"]) {
    const again = await get(LARGE_URL, range === undefined ? {} : { headers: { range } });
    strictEqual(again.status, 200);
    strictEqual(sha256(await again.bytes()), await hub.sha256(LARGE, LARGE_PATH));
  }
  // So does the server that comes after this one.
  mirror.server.signal("SIGTERM");
  await mirror.server.finished;
  const { program, endpoint } = await startServer(mirror.box);
  await using _program = program;
  const later = await fetch(endpoint + LARGE_URL, { headers: { range: "bytes=5000000-" } });
  strictEqual(later.status, 200);
  await later.body?.cancel();
});

Deno.test("mm serve --pull-through goes on where it was when it was stopped or killed", async () => {
  await using mirror = await startMirror();
  const { hub, box, server, get } = mirror;
  hub.bytesPerSecond = 2_000_000;
  const reader = (await get(LARGE_URL)).body?.getReader();
  let received = 0;
  while (received < 8_000_000) received += (await reader?.read())?.value?.length ?? NaN;
  server.signal("SIGKILL");
  await server.finished;
  await reader?.cancel().catch(() => {});
  hub.bytesPerSecond = undefined;
  hub.clear();
  const { program, endpoint } = await startServer(box);
  await using _program = program;
  const response = await fetch(endpoint + LARGE_URL);
  strictEqual(sha256(await response.bytes()), await hub.sha256(LARGE, LARGE_PATH));
  ok(hub.bodyBytes() < LARGE_BYTES - 6_000_000, `${hub.bodyBytes()} bytes came again`);
});

Deno.test("mm serve --pull-through makes room for what is asked for, and leaves what is pinned", async () => {
  await using mirror = await startMirror({
    args: ["--max-size", "5MB"],
    prepare: async (box) => {
      strictEqual((await box.run(["pull", `${TINY}:Q4_K_M`])).code, 0);
      strictEqual((await box.run(["models", "pin", `${TINY}:Q4_K_M`])).code, 0);
    },
  });
  const { get, hub } = mirror;
  await (await get(`/${TINY}/resolve/main/tiny-Q8_0.gguf`)).bytes();
  await (await get(`/${PLAIN}/resolve/main/model.safetensors`)).bytes();
  const third = await get(`/${TINY}/resolve/main/tiny-F16-00001-of-00003.gguf`);
  strictEqual(sha256(await third.bytes()), await hub.sha256(TINY, "tiny-F16-00001-of-00003.gguf"));
  strictEqual(await exists(kept(mirror, TINY, "tiny-Q8_0.gguf")), false, "it was not used for longest");
  strictEqual(await exists(kept(mirror, TINY, "tiny-Q4_K_M.gguf")), true, "it is pinned");
  const tooLarge = await get(LARGE_URL);
  strictEqual(tooLarge.status, 507);
  // Another version of what is pinned is kept aside.
  const other = await get(`/${TINY}/resolve/v1/tiny-Q4_K_M.gguf`);
  strictEqual(sha256(await other.bytes()), await hub.sha256(TINY, "tiny-Q4_K_M.gguf", "v1"));
  strictEqual(
    sha256(await Deno.readFile(kept(mirror, TINY, "tiny-Q4_K_M.gguf"))),
    await hub.sha256(TINY, "tiny-Q4_K_M.gguf"),
  );
  await tooLarge.body?.cancel();
});

Deno.test("mm serve --pull-through refuses to be its own Hub", async () => {
  await using box = await openSandbox({ HF_ENDPOINT: "http://127.0.0.1:8787" });
  const { code, stderr } = await box.run(["serve", "--pull-through"]);
  strictEqual(code, 2);
  match(stderr, /pull through itself/);
  const alone = await box.run(["serve", "--max-size", "1GB"]);
  strictEqual(alone.code, 2);
  match(alone.stderr, /--pull-through/);
});
