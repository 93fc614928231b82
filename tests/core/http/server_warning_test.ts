import { deepStrictEqual } from "node:assert/strict";
import { compose } from "../../../core/http/fetch.ts";
import { ServerWarnings, withServerWarnings } from "../../../core/http/server_warning.ts";
import { fakeFetch } from "./fake_fetch.ts";

/** What is told of the values of the header, one request each. */
async function told(values: readonly (string | undefined)[], url = "http://hub.test/api"): Promise<string[]> {
  const messages: string[] = [];
  const warnings = new ServerWarnings((message) => messages.push(message));
  const { fetch } = fakeFetch((_, count) => {
    const value = values[count - 1];
    return new Response("{}", { headers: value === undefined ? {} : { "x-hf-warning": value } });
  });
  // Each request through a fetch of its own, as for different tokens.
  for (const _ of values) await compose(fetch, withServerWarnings("http://hub.test", warnings))(url);
  return messages;
}

Deno.test("withServerWarnings() tells what the Hub says, each message once", async () => {
  deepStrictEqual(
    await told([
      undefined,
      "Legacy; This route goes away in May.",
      "Legacy; This route goes away in May.",
      "No topic",
    ]),
    ['"hub.test" says: This route goes away in May', '"hub.test" says: No topic'],
  );
});

Deno.test("withServerWarnings() listens to the endpoint only", async () => {
  deepStrictEqual(await told(["Topic; Run this"], "http://cdn.test/file"), []);
});

Deno.test("withServerWarnings() shows nothing that a terminal acts on, no secrets, and no more than a few messages", async () => {
  deepStrictEqual(
    await told(["t; \u001b[31mred\u001b[0m hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", ";", "t; "]),
    [
      '"hub.test" says: red hf_REDACTED',
    ],
  );
  const many = Array.from({ length: 20 }, (_, index) => `t; Message ${index}`);
  deepStrictEqual((await told(many)).length, 5);
});
