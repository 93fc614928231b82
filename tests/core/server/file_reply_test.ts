import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { ByteRange } from "../../../core/base/byte_range.ts";
import { contentDisposition, contentType } from "../../../core/server/file_headers.ts";
import { fileReply } from "../../../core/server/file_reply.ts";

const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index);
const ETAG = '"abc"';

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly sizeBytes?: number;
}

async function ask(
  asked: Asked = {},
): Promise<{ readonly response: Response; readonly opened: ByteRange[] }> {
  const opened: ByteRange[] = [];
  const { method = "GET", headers = {}, sizeBytes = BYTES.length } = asked;
  const response = await fileReply(new Request("http://hub.test/f", { method, headers }), {
    sizeBytes,
    etag: ETAG,
    headers: { "x-repo-commit": "c1" },
    open(range) {
      opened.push(range);
      return Promise.resolve(ReadableStream.from([BYTES.slice(range.start, range.end)]));
    },
  });
  return { response, opened };
}

Deno.test("fileReply() sends the whole file with its length and tag", async () => {
  const { response } = await ask();
  strictEqual(response.status, 200);
  strictEqual(response.headers.get("content-length"), "100");
  strictEqual(response.headers.get("accept-ranges"), "bytes");
  strictEqual(response.headers.get("etag"), ETAG);
  strictEqual(response.headers.get("x-repo-commit"), "c1");
  strictEqual(response.headers.get("content-range"), null);
  deepStrictEqual(await response.bytes(), BYTES);
});

Deno.test("fileReply() sends exactly the range asked for", async () => {
  const cases = [["bytes=10-19", 10, 20], ["bytes=95-", 95, 100], ["bytes=-3", 97, 100], [
    "bytes=90-1000",
    90,
    100,
  ]] as const;
  for (const [range, start, end] of cases) {
    const { response } = await ask({ headers: { range } });
    strictEqual(response.status, 206, range);
    strictEqual(response.headers.get("content-range"), `bytes ${start}-${end - 1}/100`);
    strictEqual(response.headers.get("content-length"), String(end - start));
    deepStrictEqual(await response.bytes(), BYTES.slice(start, end));
  }
});

Deno.test("fileReply() answers 416 with the size when the range cannot be had", async () => {
  const { response, opened } = await ask({ headers: { range: "bytes=100-" } });
  strictEqual(response.status, 416);
  strictEqual(response.headers.get("content-range"), "bytes */100");
  strictEqual(opened.length, 0);
  const empty = await ask({ headers: { range: "bytes=0-" }, sizeBytes: 0 });
  strictEqual(empty.response.status, 416);
  strictEqual(empty.response.headers.get("content-range"), "bytes */0");
});

Deno.test("fileReply() answers HEAD like GET without opening the bytes", async () => {
  const whole = await ask({ method: "HEAD" });
  strictEqual(whole.response.status, 200);
  strictEqual(whole.response.headers.get("content-length"), "100");
  strictEqual(whole.response.body, null);
  const part = await ask({ method: "HEAD", headers: { range: "bytes=0-9" } });
  strictEqual(part.response.status, 206);
  strictEqual(part.response.headers.get("content-length"), "10");
  deepStrictEqual([...whole.opened, ...part.opened], []);
});

Deno.test("fileReply() sends an empty file, which has to be there", async () => {
  const { response, opened } = await ask({ sizeBytes: 0 });
  strictEqual(response.status, 200);
  strictEqual(response.headers.get("content-length"), "0");
  strictEqual((await response.bytes()).length, 0);
  strictEqual(opened.length, 1);
  strictEqual((await ask({ sizeBytes: 0, method: "HEAD" })).opened.length, 0);
});

Deno.test("fileReply() answers 412 when the client wants another tag", async () => {
  const other = await ask({ headers: { "if-match": '"other", "more"' } });
  strictEqual(other.response.status, 412);
  strictEqual(other.opened.length, 0);
  for (const tag of [ETAG, "*"]) {
    strictEqual((await ask({ headers: { "if-match": tag } })).response.status, 200, tag);
  }
});

Deno.test("fileReply() answers 304 when the client names the tag, weak or in a list", async () => {
  for (const tag of [ETAG, 'W/"abc"', '"x", "abc"', "*"]) {
    const { response, opened } = await ask({ headers: { "if-none-match": tag, range: "bytes=0-1" } });
    strictEqual(response.status, 304, tag);
    strictEqual(response.headers.get("etag"), ETAG);
    strictEqual(opened.length, 0);
  }
  strictEqual((await ask({ headers: { "if-none-match": '"x"' } })).response.status, 200);
});

Deno.test("fileReply() ignores the range when If-Range names another state of the file", async () => {
  const range = "bytes=0-9";
  strictEqual((await ask({ headers: { range, "if-range": ETAG } })).response.status, 206);
  strictEqual((await ask({ headers: { range, "if-range": '"other"' } })).response.status, 200);
  strictEqual((await ask({ headers: { range, "if-range": 'W/"abc"' } })).response.status, 200);
  strictEqual(
    (await ask({ headers: { range, "if-range": "Wed, 21 Oct 2026 07:28:00 GMT" } })).response.status,
    200,
  );
});

Deno.test("contentDisposition() survives as a header whatever the name is", () => {
  strictEqual(contentDisposition("a/b.gguf"), `inline; filename*=UTF-8''b.gguf; filename="b.gguf";`);
  strictEqual(
    contentDisposition("ü.txt", { attachment: true }),
    `attachment; filename*=UTF-8''%C3%BC.txt; filename="_.txt";`,
  );
  for (
    const name of ['a"b\\c.gguf', "a\r\nset-cookie: x", "it's (1)*.gguf", "\u0000", "\ud800.gguf", "日本語"]
  ) {
    const value = contentDisposition(name);
    strictEqual(new Headers({ "content-disposition": value }).get("content-disposition"), value);
    strictEqual(/[\r\n\0]/.test(value), false);
  }
});

Deno.test("contentType() never lets a file run in a browser", () => {
  strictEqual(contentType("config.json"), "text/plain; charset=utf-8");
  strictEqual(contentType("sub/LICENSE"), "text/plain; charset=utf-8");
  strictEqual(contentType("page.html"), "application/octet-stream");
  strictEqual(contentType("x.svg"), "application/octet-stream");
  strictEqual(contentType("model.gguf"), "application/octet-stream");
});
