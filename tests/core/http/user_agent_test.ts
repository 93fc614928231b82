import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { formatUserAgent, withUserAgent } from "../../../core/http/user_agent.ts";
import { bare, fakeFetch } from "./fake_fetch.ts";

Deno.test("formatUserAgent() names the program and the runtime", () => {
  strictEqual(formatUserAgent("1.2.3", "Deno/2.9.6"), "model-manager/1.2.3; deno/2.9.6");
  strictEqual(formatUserAgent("1.2.3", "Mozilla/5.0"), "model-manager/1.2.3");
  match(formatUserAgent("1.2.3"), /^model-manager\/1\.2\.3; deno\/\d+\.\d+/);
});

Deno.test("withUserAgent() names the program unless the request names one", async () => {
  const fake = fakeFetch(() => bare(200));
  const fetch = withUserAgent("mm/1")(fake.fetch);
  await fetch("http://hub.test/", { headers: { range: "bytes=0-1" } });
  await fetch("http://hub.test/", { headers: { "User-Agent": "other/2" } });
  deepStrictEqual(fake.sent.map(({ headers }) => headers["user-agent"]), ["mm/1", "other/2"]);
  strictEqual(fake.sent[0]?.headers["range"], "bytes=0-1");
});
