import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import {
  type ImpatientInit,
  isImpatient,
  requestHeaders,
  requestMethod,
  requestSignal,
  requestUrl,
} from "../../../core/http/request_parts.ts";

Deno.test("requestUrl() reads a text, a URL and a Request", () => {
  for (const input of ["http://hub.test/a", new URL("http://hub.test/a"), new Request("http://hub.test/a")]) {
    strictEqual(requestUrl(input).href, "http://hub.test/a");
  }
});

Deno.test("requestMethod() and requestHeaders() prefer the init over the Request", () => {
  const request = new Request("http://hub.test/", { method: "HEAD", headers: { a: "1" } });
  strictEqual(requestMethod(request), "HEAD");
  strictEqual(requestMethod(request, { method: "get" }), "GET");
  strictEqual(requestMethod("http://hub.test/"), "GET");
  deepStrictEqual([...requestHeaders(request)], [["a", "1"]]);
  deepStrictEqual([...requestHeaders(request, { headers: { b: "2" } })], [["b", "2"]]);
});

Deno.test("requestHeaders() gives a copy", () => {
  const headers = new Headers({ a: "1" });
  const copy = requestHeaders("http://hub.test/", { headers });
  notStrictEqual(copy, headers);
  copy.set("a", "2");
  strictEqual(headers.get("a"), "1");
});

Deno.test("requestSignal() is undefined when nothing can stop the request", () => {
  strictEqual(requestSignal("http://hub.test/"), undefined);
  const { signal } = new AbortController();
  strictEqual(requestSignal("http://hub.test/", { signal }), signal);
});

Deno.test("isImpatient() is so only when the caller says it", () => {
  const impatient: ImpatientInit = { impatient: true };
  strictEqual(isImpatient(impatient), true);
  strictEqual(isImpatient({ ...impatient, method: "HEAD" }), true);
  const patient: ImpatientInit = { impatient: false };
  for (const init of [undefined, {}, patient]) strictEqual(isImpatient(init), false);
});
