import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { README_MAX_BYTES, readmeText } from "../../../core/hub/readme.ts";
import { bare, type FakeFetch, fakeRoutes } from "../http/fake_fetch.ts";
import { COMMIT, hubClient } from "./hub_fixtures.ts";

const RESOLVE = `GET /org/name/resolve/${COMMIT}/README.md`;
const CACHED = `/api/resolve-cache/models/org/name/${COMMIT}/README.md?etag=%22x%22`;

function page(text: string | Uint8Array<ArrayBuffer>): Response {
  return new Response(text, { headers: { "content-type": "text/plain; charset=utf-8", etag: '"x"' } });
}

/** A Hub whose model has this page, behind the redirect that small files have. */
function hub(text: string | Uint8Array<ArrayBuffer>): FakeFetch {
  return fakeRoutes({
    [RESOLVE]: () => bare(307, { location: CACHED }),
    [`GET ${CACHED}`]: () => page(text),
  });
}

const TEXTS: readonly (readonly [name: string, text: string, expected: string | undefined])[] = [
  ["keeps a page without front matter", "# Hi\n\ntext\n", "# Hi\n\ntext"],
  ["takes the front matter away", "---\nlicense: mit\ntags: [a]\n---\n\n# Hi", "# Hi"],
  ["takes an empty front matter away", "---\n---\n# Hi", "# Hi"],
  [
    "reads line ends of Windows, and a byte order mark",
    "\ufeff---\r\na: b\r\n---\r\n# Hi\r\nyou",
    "# Hi\nyou",
  ],
  ["keeps rules further down", "# Hi\n---\nmore\n---\n", "# Hi\n---\nmore\n---"],
  ["keeps what only looks like the end of it", "---\na: |\n  --- x\nb: c\n---\nHi", "Hi"],
  ["keeps a rule that nothing closes", "---\nHi", "---\nHi"],
  ["has nothing of a page with front matter only", "---\na: b\n---\n", undefined],
  ["has nothing of an empty page", " \n", undefined],
];

for (const [name, text, expected] of TEXTS) {
  Deno.test(`readmeText() ${name}`, () => strictEqual(readmeText(text), expected));
}

Deno.test("readmeText() cuts a long page at the end of a line, never within a character", () => {
  strictEqual(readmeText("aaaa\nbbbb\ncccc", 11), "aaaa\nbbbb");
  strictEqual(readmeText("ééé", 5), "éé");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 4, max: 40 }), (text, maxBytes) => {
      const cut = readmeText(text, maxBytes);
      if (cut === undefined) return;
      const whole = readmeText(text, Infinity) ?? "";
      strictEqual(whole.startsWith(cut), true);
      strictEqual(new TextEncoder().encode(cut).length <= maxBytes, true);
    }),
  );
});

Deno.test("readme() reads the page of a commit once, and keeps no failure", async () => {
  const fake = hub("---\na: b\n---\n# Hi\n");
  const { client } = hubClient(fake, { token: "hf_secret" });
  strictEqual(await client.readme("org/name", COMMIT), "# Hi");
  strictEqual(await client.readme("org/name", COMMIT), "# Hi");
  deepStrictEqual(fake.sent.map(({ url }) => new URL(url).pathname.split("/")[1]), ["org", "api"]);

  let there = false;
  const late = fakeRoutes({
    [RESOLVE]: () => there ? page("# Hi") : bare(404, { "x-error-code": "EntryNotFound" }),
  });
  const other = hubClient(late).client;
  await rejects(other.readme("org/name", COMMIT), { code: "NOT_FOUND" });
  there = true;
  strictEqual(await other.readme("org/name", COMMIT), "# Hi");
});

Deno.test("readme() reads no more of a page than it keeps, and follows it to no file host", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new TextEncoder().encode(`${"x".repeat(1023)}\n`));
    },
  });
  const headers = { "content-type": "text/plain", etag: '"x"' };
  const fake = fakeRoutes({ [RESOLVE]: () => new Response(endless, { headers }) });
  const text = await hubClient(fake).client.readme("org/name", COMMIT);
  strictEqual(new TextEncoder().encode(text).length, README_MAX_BYTES - 1);
  strictEqual(pulled < 300, true, `${pulled} KiB were read`);

  const away = fakeRoutes({ [RESOLVE]: () => bare(302, { location: "http://files.test/x" }) });
  strictEqual(await hubClient(away).client.readme("org/name", COMMIT), undefined);
  strictEqual(away.sent.length, 1);
});
