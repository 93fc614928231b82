import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { expectedBytes } from "../../support/random_model.ts";
import { BIG, BIG_BYTES, FILE_HOST_URL, type HubFixture, makeHub, REPO } from "./hub_fixture.ts";

async function locate(hub: HubFixture): Promise<string> {
  const response = await hub.get(`/${REPO}/resolve/main/${BIG}`, { method: "HEAD" });
  return response.headers.get("location") ?? "";
}

Deno.test("createFileHostHandler() answers ranges of a signed address under a tag of its own", async () => {
  const hub = await makeHub();
  const url = await locate(hub);
  const bytes = await expectedBytes(hub.source, { repo: REPO, path: BIG });
  const part = await hub.fetchFile(url, { headers: { range: "bytes=2000000-" } });
  strictEqual(part.status, 206);
  strictEqual(part.headers.get("content-range"), `bytes 2000000-${BIG_BYTES - 1}/${BIG_BYTES}`);
  deepStrictEqual(await part.bytes(), bytes.slice(2_000_000));
  const etag = part.headers.get("etag") ?? "";
  const linked = (await hub.get(`/${REPO}/resolve/main/${BIG}`)).headers.get("x-linked-etag");
  notStrictEqual(etag, linked);
  for (const name of ["x-repo-commit", "x-linked-etag", "x-linked-size"]) {
    strictEqual(part.headers.get(name), null);
  }
  strictEqual((await hub.fetchFile(url, { headers: { "if-none-match": etag } })).status, 304);
  strictEqual(
    (await hub.fetchFile(url, { headers: { range: "bytes=0-1", "if-range": linked ?? "" } })).status,
    200,
  );
  strictEqual((await hub.fetchFile(url, { headers: { range: `bytes=${BIG_BYTES}-` } })).status, 416);
});

Deno.test("createFileHostHandler() answers 400 when a token arrives", async () => {
  const hub = await makeHub();
  strictEqual((await hub.fetchFile(await locate(hub), { token: "hf_leaked" })).status, 400);
});

Deno.test("createFileHostHandler() answers 403 when the address has expired or was changed", async () => {
  const hub = await makeHub();
  const url = await locate(hub);
  strictEqual((await hub.fetchFile(url, { method: "HEAD" })).status, 200);
  strictEqual((await hub.fetchFile(url.replace(/Signature=../, "Signature=AA"))).status, 403);
  await hub.clock.advance(61_000);
  const expired = await hub.fetchFile(url);
  strictEqual(expired.status, 403);
  strictEqual((await expired.text()).includes("<Code>AccessDenied</Code>"), true);
});

Deno.test("createFileHostHandler() refuses unknown addresses, other methods and whole files that are too large", async () => {
  const hub = await makeHub({ maxFullBytes: 1000 });
  const url = await locate(hub);
  strictEqual((await hub.fetchFile(`${FILE_HOST_URL}/else`)).status, 404);
  strictEqual((await hub.fetchFile(`${FILE_HOST_URL}/%zz`)).status, 404);
  strictEqual((await hub.fetchFile(`${url.split("?")[0]}%zz`)).status, 400);
  strictEqual((await hub.fetchFile(url, { method: "PUT" })).status, 405);
  strictEqual((await hub.fetchFile(url)).status, 400);
  strictEqual((await hub.fetchFile(url, { headers: { range: "bytes=0-9" } })).status, 206);
});
