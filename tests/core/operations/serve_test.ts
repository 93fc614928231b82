import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import { serve, type ServeContext } from "../../../core/operations/serve.ts";
import {
  checkServeOptions,
  isLoopback,
  plainHost,
  serveAccess,
} from "../../../core/operations/serve_access.ts";
import type { AccessRecord, RunningServer, ServeOptions } from "../../../core/operations/serve_request.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { waitUntil } from "../../support/run_program.ts";
import { COMMIT, sha256 } from "../library/library_fixture.ts";
import { openOperations } from "./operation_fixture.ts";

const OWN = `hf_${"ownerOfTheLibrary".repeat(2)}`;
const SECRET = "token-of-the-server";
const TEXT = "weights of a small model";

interface Served extends AsyncDisposable {
  readonly dir: TempDir;
  readonly server: RunningServer;
  readonly notices: readonly string[];
  get(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Response>;
}

async function openServed(options: ServeOptions = {}, ownToken?: string): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await makeTempDir());
  const fixture = stack.use(openOperations(dir));
  await fixture.files.add("o/open", { "m.gguf": TEXT, "sub/ü #1%.txt": "odd" });
  await fixture.files.add("o/gated", { "g.gguf": "gated" });
  await fixture.files.add("o/private", { "p.gguf": "private" });
  await fixture.files.library.registry.update((entries) =>
    entries.map((entry) => {
      const { repo } = entry.metadata;
      const flags = repo === "o/gated" ? { gated: true } : repo === "o/private" ? { private: true } : {};
      return { ...entry, metadata: { ...entry.metadata, ...flags } };
    })
  );
  const context: ServeContext = { ...fixture.context, ownToken: () => Promise.resolve(ownToken) };
  const server = stack.use(await serve(context, { port: 0, ...options }));
  const owned = stack.move();
  return {
    dir,
    server,
    notices: fixture.notices,
    get: (path, headers = {}, method = "GET") => fetch(`${server.endpoint}${path}`, { method, headers }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const FILE = "/o/open/resolve/main/m.gguf";

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

Deno.test("serve() answers resolve directly, with everything that names the file", async () => {
  await using box = await openServed();
  const response = await box.get(FILE);
  const digest = sha256(TEXT);
  assert.equal(await response.text(), TEXT);
  assert.equal(response.status, 200);
  const { headers } = response;
  assert.equal(headers.get("x-repo-commit"), COMMIT);
  assert.equal(headers.get("etag"), `"${digest}"`);
  assert.equal(headers.get("x-linked-etag"), `"${digest}"`);
  assert.equal(headers.get("x-linked-size"), String(TEXT.length));
  assert.equal(headers.get("accept-ranges"), "bytes");
  assert.match(headers.get("content-disposition") ?? "", /filename="m\.gguf"/);

  const head = await box.get(FILE, {}, "HEAD");
  assert.equal(head.headers.get("content-length"), String(TEXT.length));
  const etag = { "if-none-match": `"${digest}"` };
  assert.equal(await statusOf(box.get(FILE, etag)), 304);
});

Deno.test("serve() gives parts, and refuses those that are not there", async () => {
  await using box = await openServed();
  const part = await box.get(FILE, { range: "bytes=3-6" });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("content-range"), `bytes 3-6/${TEXT.length}`);
  assert.equal(await part.text(), TEXT.slice(3, 7));
  assert.equal(await statusOf(box.get(FILE, { range: `bytes=${TEXT.length}-` })), 416);
  const whole = ["bytes=0-1,3-4", "bytes=9-1", "bytes=-", "items=0-1"];
  for (const range of whole) assert.equal(await statusOf(box.get(FILE, { range })), 200, range);
  assert.equal(await statusOf(box.get(FILE, { range: `bytes=${"9".repeat(400)}-` })), 416);
  assert.equal(await statusOf(box.get(FILE, { range: `bytes=0-${"9".repeat(20)}` })), 206);
  const ifRange = await box.get(FILE, { range: "bytes=0-1", "if-range": '"other"' });
  assert.equal(await ifRange.text(), TEXT);
});

Deno.test("serve() lists models, trees, refs and paths of the library", async () => {
  await using box = await openServed();
  const models = await (await box.get("/api/models?search=open")).json();
  assert.deepEqual(models.map(({ id }: { id: string }) => id), ["o/open"]);
  assert.equal((await (await box.get("/api/models/o/open")).json()).sha, COMMIT);
  const tree = await (await box.get("/api/models/o/open/tree/main?recursive=1&expand=1")).json();
  assert.deepEqual(tree.map(({ path }: { path: string }) => path), ["m.gguf", "sub", "sub/ü #1%.txt"]);
  const refs = await (await box.get("/api/models/o/open/refs")).json();
  assert.equal(refs.branches[0].targetCommit, COMMIT);
  const odd = await box.get(`/o/open/resolve/${COMMIT}/sub/${encodeURIComponent("ü #1%.txt")}`);
  assert.equal(await odd.text(), "odd");
});

Deno.test("serve() reads only, and leads nowhere out of the library", async () => {
  await using box = await openServed();
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const response = await box.get(FILE, {}, method);
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, HEAD");
    await response.body?.cancel();
  }
  const outside = [
    "..%2f..%2fregistry.json",
    "%2e%2e/registry.json",
    "..%5c..%5cregistry.json",
    "/etc/passwd",
    "%00",
    "sub/../m.gguf%00",
  ];
  for (const path of outside) {
    const status = await statusOf(box.get(`/o/open/resolve/main/${path}`));
    assert.ok([400, 404].includes(status), `${path}: ${status}`);
  }
  assert.ok([401, 404].includes(await statusOf(box.get("/../registry.json"))));
});

Deno.test("serve() does not let clients believe that a file does not exist where not all is here", async () => {
  await using box = await openServed();
  const response = await box.get("/o/open/resolve/main/none.json");
  await response.body?.cancel();
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("x-error-code"), "EntryNotFound");
  assert.equal(response.headers.get("x-repo-commit"), null);
});

Deno.test("serve() gives what is gated or private to nobody without a right", async () => {
  await using box = await openServed({}, OWN);
  const gated = "/o/gated/resolve/main/g.gguf";
  const hidden = "/o/private/resolve/main/p.gguf";
  for (const headers of [{}, bearer("hf_someoneElsesToken12345678")]) {
    const refused = await box.get(gated, headers);
    await refused.body?.cancel();
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("x-error-code"), "GatedRepo");
    assert.equal(await statusOf(box.get(hidden, headers)), 401);
    const list = await (await box.get("/api/models", headers)).text();
    assert.doesNotMatch(list, /private-|o\/private/);
    const tree = await (await box.get("/api/models/o/gated/tree/main", headers)).text();
    assert.doesNotMatch(tree, new RegExp(sha256("gated")));
    assert.equal(await statusOf(box.get(FILE, headers)), 200);
  }
  assert.equal(await (await box.get(gated, bearer(OWN))).text(), "gated");
  assert.equal(await (await box.get(hidden, bearer(OWN))).text(), "private");
  assert.equal((await (await box.get("/api/whoami-v2", bearer(OWN))).json()).name, "model-manager");
});

Deno.test("serve() with a token gives nothing to who does not send it, not even numbers", async () => {
  await using box = await openServed({ accessToken: SECRET });
  for (const path of [FILE, "/api/models", "/metrics", "/", "/api/models/o/open/tree/main"]) {
    assert.equal(await statusOf(box.get(path)), 401, path);
    assert.equal(await statusOf(box.get(path, bearer("something-else"))), 401, path);
    assert.equal(await statusOf(box.get(path, bearer(SECRET))), 200, path);
  }
  assert.equal(await statusOf(box.get("/o/gated/resolve/main/g.gguf", bearer(SECRET))), 200);
  assert.deepEqual(box.server.readers, { anonymous: "nothing", accessToken: true, ownToken: false });
});

Deno.test("serve() answers 410 for a file that is not what it was, and serves it again when it is", async () => {
  await using box = await openServed();
  const path = box.dir.join("o/open/m.gguf");
  const soon = new Date(Date.now() + 5000);
  await writeFile(path, "x".repeat(TEXT.length));
  await utimes(path, soon, soon);
  assert.equal(await statusOf(box.get(FILE)), 410);
  await waitUntil("it was hashed", () => box.notices.length > 0);
  const wrong = await box.get(FILE);
  assert.equal(wrong.status, 410);
  assert.doesNotMatch(await wrong.text(), /xxx/);
  assert.doesNotMatch(await (await box.get("/api/models/o/open/tree/main")).text(), /m\.gguf/);

  await writeFile(path, TEXT);
  await utimes(path, new Date(soon.getTime() + 5000), new Date(soon.getTime() + 5000));
  await waitUntil("it is served again", async () => await statusOf(box.get(FILE)) === 200);
  assert.equal(await (await box.get(FILE)).text(), TEXT);
});

Deno.test("serve() sees what is pulled and removed while it runs", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await using server = await serve({ ...fixture.context, ownToken: () => Promise.resolve(undefined) }, {
    port: 0,
  });
  const url = `${server.endpoint}/new/model/resolve/main/f.gguf`;
  assert.equal(await statusOf(fetch(url)), 401);
  await fixture.files.add("new/model", { "f.gguf": "new" });
  assert.equal(await (await fetch(url)).text(), "new");
});

Deno.test("serve() counts and logs every request, without secrets", async () => {
  const records: AccessRecord[] = [];
  await using box = await openServed({ onAccess: (record) => records.push(record) }, OWN);
  await (await box.get(FILE, bearer(OWN))).text();
  await (await box.get(`${FILE}?token=${OWN}`)).text();
  const metrics = await (await box.get("/metrics")).text();
  assert.match(metrics, /^mm_http_requests_total\{route="resolve",status="200"\} 2$/m);
  assert.match(metrics, new RegExp(`^mm_http_sent_bytes_total ${2 * TEXT.length}$`, "m"));
  assert.equal(records[0]?.bytesSent, TEXT.length);
  assert.doesNotMatch(JSON.stringify(records), new RegExp(OWN));
  assert.equal(box.server.stats().requests, 3);
});

Deno.test("serve() does not begin when the access log cannot be written", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await writeFile(dir.join("file"), "");
  const context = { ...fixture.context, ownToken: () => Promise.resolve(undefined) };
  await assert.rejects(serve(context, { port: 0, accessLog: dir.join("file", "access.log") }), {
    name: "ModelManagerError",
  });
});

Deno.test("serve() on this machine answers only as this machine", async () => {
  await using box = await openServed();
  const { hostname, port } = box.server.address;
  for (const host of ["rebound.example", "127.rebound.example", "127.0.0.1.rebound.example", "10.0.0.1"]) {
    using conn = await Deno.connect({ hostname, port });
    await conn.write(
      new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    assert.match(await new Response(conn.readable).text(), /^HTTP\/1\.1 421 /, host);
  }
});

Deno.test("checkServeOptions() wants to know who may read before other machines can ask", () => {
  const refused: readonly ServeOptions[] = [
    { host: "0.0.0.0" },
    { host: "192.168.1.2" },
    { host: "::" },
    { host: "example.org" },
    { accessToken: "short" },
    { accessToken: "with a space in it" },
    { port: 70_000 },
    { port: 1.5 },
  ];
  for (const options of refused) {
    assert.throws(() => checkServeOptions(options), { code: "USAGE_ERROR" }, JSON.stringify(options));
  }
  checkServeOptions({ host: "0.0.0.0", allowAnonymous: true });
  checkServeOptions({ host: "0.0.0.0", accessToken: SECRET });
  assert.deepEqual(
    [
      "127.0.0.1",
      "127.9.9.9",
      "localhost",
      "LOCALHOST",
      "::1",
      "[::1]",
      "0:0:0:0:0:0:0:1",
      "::ffff:127.0.0.1",
    ]
      .filter((host) => !isLoopback(host)),
    [],
  );
  assert.deepEqual(
    ["127.example.org", "10.0.0.1", "::", "fd00::1", "::ffff:10.0.0.1", "[::1", "::1::"].filter(isLoopback),
    [],
  );
  assert.deepEqual(["[::1]", "Example.org", "0:0::1"].map(plainHost), ["::1", "example.org", "::1"]);
});

Deno.test("serveAccess() lets anonymous readers in only where that was said, or nobody else can ask", () => {
  const anonymous = (options: ServeOptions) => serveAccess(options, undefined).readers.anonymous;
  assert.equal(anonymous({}), "public models");
  assert.equal(anonymous({ accessToken: SECRET }), "nothing");
  assert.equal(anonymous({ host: "0.0.0.0", accessToken: SECRET }), "nothing");
  assert.equal(anonymous({ host: "0.0.0.0", accessToken: SECRET, allowAnonymous: true }), "public models");
});
