import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { expectedBytes } from "../../support/random_model.ts";
import { BIG, BIG_BYTES, FILE_HOST_URL, GATED, makeHub, MEMBER, PRIVATE, REPO } from "./hub_fixture.ts";

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function gitSha1(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

Deno.test("resolveReply() sends a large file to the file host with its identity in the headers", async () => {
  const hub = await makeHub();
  const bytes = await expectedBytes(hub.source, { repo: REPO, path: BIG });
  for (const method of ["GET", "HEAD"]) {
    const response = await hub.get(`/${REPO}/resolve/main/${BIG}`, { method });
    strictEqual(response.status, 302);
    strictEqual(response.headers.get("x-repo-commit"), hub.commit);
    strictEqual(response.headers.get("x-linked-etag"), `"${sha256(bytes)}"`);
    strictEqual(response.headers.get("x-linked-size"), String(BIG_BYTES));
    strictEqual(response.headers.get("accept-ranges"), "bytes");
    const location = response.headers.get("location") ?? "";
    strictEqual(location.startsWith(`${FILE_HOST_URL}/`), true);
    const file = await hub.fetchFile(location);
    strictEqual(file.status, 200);
    deepStrictEqual(await file.bytes(), bytes);
  }
});

Deno.test("resolveReply() sends a small public file through the cache by a relative redirect", async () => {
  const hub = await makeHub();
  const bytes = await expectedBytes(hub.source, { repo: REPO, path: "README.md" });
  const response = await hub.get(`/${REPO}/resolve/main/README.md`);
  strictEqual(response.status, 307);
  strictEqual(response.headers.get("x-repo-commit"), hub.commit);
  const location = response.headers.get("location") ?? "";
  const asked = encodeURIComponent(`/${REPO}/resolve/main/README.md`);
  strictEqual(
    location,
    `/api/resolve-cache/models/${REPO}/${hub.commit}/README.md?${asked}=&etag=%22${gitSha1(bytes)}%22`,
  );
  const file = await hub.get(location);
  strictEqual(file.status, 200);
  strictEqual(file.headers.get("etag"), `"${gitSha1(bytes)}"`);
  strictEqual(file.headers.get("x-repo-commit"), hub.commit);
  strictEqual(file.headers.get("content-length"), String(bytes.length));
  strictEqual(
    file.headers.get("content-disposition"),
    `inline; filename*=UTF-8''README.md; filename="README.md";`,
  );
  deepStrictEqual(await file.bytes(), bytes);
});

Deno.test("resolveReply() finds odd names through both steps", async () => {
  const hub = await makeHub();
  const response = await hub.get(`/${REPO}/resolve/main/sub/%C3%BC%20%26%20%231.txt`);
  const file = await hub.get(response.headers.get("location") ?? "");
  strictEqual(await file.text(), "odd");
});

Deno.test("resolveReply() answers small files of gated and private repositories at once", async () => {
  const hub = await makeHub();
  for (
    const [repo, path, text] of [[GATED, "config.json", "{}"], [
      PRIVATE,
      "README.md",
      "private card",
    ]] as const
  ) {
    const response = await hub.get(`/${repo}/resolve/main/${path}`, { token: MEMBER });
    strictEqual(response.status, 200);
    strictEqual(await response.text(), text);
  }
  strictEqual((await hub.get(`/${GATED}/resolve/main/${BIG}`, { token: MEMBER })).status, 302);
});

Deno.test("resolveReply() answers every file at once when there is no file host", async () => {
  const hub = await makeHub({ direct: true });
  const bytes = await expectedBytes(hub.source, { repo: REPO, path: BIG });
  const url = `/${REPO}/resolve/${hub.commit}/${BIG}`;
  const whole = await hub.get(url);
  strictEqual(whole.status, 200);
  strictEqual(whole.headers.get("etag"), `"${sha256(bytes)}"`);
  strictEqual(whole.headers.get("x-linked-etag"), `"${sha256(bytes)}"`);
  strictEqual(whole.headers.get("x-linked-size"), String(BIG_BYTES));
  strictEqual(whole.headers.get("x-repo-commit"), hub.commit);
  deepStrictEqual(await whole.bytes(), bytes);
  const part = await hub.get(url, { headers: { range: "bytes=1048570-1048590" } });
  strictEqual(part.status, 206);
  strictEqual(part.headers.get("content-range"), `bytes 1048570-1048590/${BIG_BYTES}`);
  deepStrictEqual(await part.bytes(), bytes.slice(1_048_570, 1_048_591));
  const head = await hub.get(url, { method: "HEAD" });
  strictEqual(head.headers.get("content-length"), String(BIG_BYTES));
  strictEqual(head.body, null);
  const unchanged = await hub.get(url, { headers: { "if-none-match": `"${sha256(bytes)}"` } });
  strictEqual(unchanged.status, 304);
  strictEqual(unchanged.headers.get("x-repo-commit"), hub.commit);
});

Deno.test("resolveReply() answers EntryNotFound in plain text, with the commit", async () => {
  const hub = await makeHub();
  const response = await hub.get(`/${REPO}/resolve/v1/new.txt`);
  strictEqual(response.status, 404);
  strictEqual(response.headers.get("x-error-code"), "EntryNotFound");
  strictEqual(response.headers.get("x-repo-commit"), await hub.source.commit(REPO, "v1"));
  strictEqual(await response.text(), "Entry not found");
});

Deno.test("resolveReply() makes a download of it when the query says so", async () => {
  const hub = await makeHub();
  const small = await hub.get(`/${REPO}/resolve/main/README.md?download=true`);
  const file = await hub.get(small.headers.get("location") ?? "");
  match(file.headers.get("content-disposition") ?? "", /^attachment; /);
  await file.body?.cancel();
  const large = await hub.get(`/${REPO}/resolve/main/${BIG}?download=true`);
  const head = await hub.fetchFile(large.headers.get("location") ?? "", { method: "HEAD" });
  match(head.headers.get("content-disposition") ?? "", /^attachment; /);
});

Deno.test("resolveCacheReply() packs text only when the client allows it and wants no range", async () => {
  const hub = await makeHub();
  const path = `/api/resolve-cache/models/${REPO}/${hub.commit}/README.md`;
  const packed = await hub.get(path, { headers: { "accept-encoding": "gzip, br" } });
  strictEqual(packed.headers.get("content-encoding"), "gzip");
  match(packed.headers.get("etag") ?? "", /^W\/"/);
  strictEqual(packed.headers.get("content-length"), null);
  strictEqual(packed.headers.get("accept-ranges"), null);
  const text = await new Response(packed.body?.pipeThrough(new DecompressionStream("gzip"))).text();
  strictEqual(text, "second ".repeat(100));
  for (
    const headers of [{ "accept-encoding": "identity" }, { "accept-encoding": "gzip;q=0" }, {
      "accept-encoding": "gzip",
      range: "bytes=0-3",
    }]
  ) {
    const response = await hub.get(path, { headers });
    strictEqual(response.headers.get("content-encoding"), null);
    match(response.headers.get("etag") ?? "", /^"/);
    await response.body?.cancel();
  }
});

Deno.test("rawReply() answers what git holds: the text, or the pointer of a large file", async () => {
  const hub = await makeHub();
  strictEqual(await (await hub.get(`/${REPO}/raw/v1/README.md`)).text(), "first");
  const pointer = await (await hub.get(`/${REPO}/raw/main/${BIG}`)).text();
  const digest = sha256(await expectedBytes(hub.source, { repo: REPO, path: BIG }));
  strictEqual(
    pointer,
    `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${BIG_BYTES}\n`,
  );
});
