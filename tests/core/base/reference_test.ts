import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatReference,
  isCommit,
  isRepoName,
  type ModelReference,
  parseReference,
  webHosts,
} from "../../../core/base/reference.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function reference(repo: string, revision?: string, selector?: string): ModelReference {
  return { repo, revision, selector };
}

const readable: readonly (readonly [string, ModelReference])[] = [
  ["acme/llama", reference("acme/llama")],
  ["  acme/llama\n", reference("acme/llama")],
  ["gpt2", reference("gpt2")],
  ["gpt2:config.json", reference("gpt2", undefined, "config.json")],
  ["acme/llama:Q4_K_M", reference("acme/llama", undefined, "Q4_K_M")],
  ["acme/llama@v1.0", reference("acme/llama", "v1.0")],
  ["acme/llama@main:sub/file.gguf", reference("acme/llama", "main", "sub/file.gguf")],
  ["acme/llama@refs/pr/7:*.gguf", reference("acme/llama", "refs/pr/7", "*.gguf")],
  ["acme/llama@feature/x", reference("acme/llama", "feature/x")],
  [`acme/llama@${COMMIT}`, reference("acme/llama", COMMIT)],
  ["acme/llama:a:b@c", reference("acme/llama", undefined, "a:b@c")],
  ["hf.co/acme/llama:Q8_0", reference("acme/llama", undefined, "Q8_0")],
  ["huggingface.co/acme/llama", reference("acme/llama")],
  ["hf://acme/llama", reference("acme/llama")],
  ["hf://models/acme/llama/", reference("acme/llama")],
  ["hf://acme/llama/sub/f.gguf", reference("acme/llama", undefined, "sub/f.gguf")],
  ["hf://acme/llama@v1/f.gguf", reference("acme/llama", "v1", "f.gguf")],
  ["hf://acme/llama@refs/pr/2/f.gguf", reference("acme/llama", "refs/pr/2", "f.gguf")],
  ["hf://acme/llama@refs%2fpr%2F2/f.gguf", reference("acme/llama", "refs/pr/2", "f.gguf")],
  ["hf://acme/llama/img@2x.png", reference("acme/llama", undefined, "img@2x.png")],
  ["hf://gpt2@main/config.json", reference("gpt2", "main", "config.json")],
  ["https://huggingface.co/acme/llama", reference("acme/llama")],
  ["HTTPS://huggingface.co/acme/llama/?library=x#usage", reference("acme/llama")],
  ["https://huggingface.co/gpt2", reference("gpt2")],
  ["https://huggingface.co/gpt2/blob/main/config.json", reference("gpt2", "main", "config.json")],
  [
    "https://huggingface.co/acme/llama/resolve/main/sub/f.gguf?download=true",
    reference("acme/llama", "main", "sub/f.gguf"),
  ],
  ["https://huggingface.co/acme/llama/raw/v1/a%20b.txt", reference("acme/llama", "v1", "a b.txt")],
  ["https://huggingface.co/acme/llama/tree/main", reference("acme/llama", "main")],
  ["https://huggingface.co/acme/llama/tree/main/sub/", reference("acme/llama", "main", "sub/*")],
  ["https://huggingface.co/acme/llama/tree/refs%2Fpr%2F3", reference("acme/llama", "refs/pr/3")],
  ["https://huggingface.co/acme/llama/blob/refs/pr/3/f", reference("acme/llama", "refs/pr/3", "f")],
  ["https://www.huggingface.co/acme/llama/blob/main/f", reference("acme/llama", "main", "f")],
  ["https://hf.co/acme/llama", reference("acme/llama")],
  ["http://HuggingFace.co/acme/llama", reference("acme/llama")],
  ["www.hf.co/acme/llama:Q8_0", reference("acme/llama", undefined, "Q8_0")],
];

for (const [text, expected] of readable) {
  Deno.test(`parseReference() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseReference(text), expected);
  });
}

const refused: readonly (readonly [string, RegExp])[] = [
  ["", /it is empty/],
  ["   ", /it is empty/],
  ["a/b/c", /"a\/b\/c" is no repository name/],
  ["acme/", /no repository name/],
  ["/llama", /a path on this machine/],
  ["../llama", /a path on this machine/],
  ["./llama.gguf", /a path on this machine/],
  ["~/models/acme/llama", /a path on this machine/],
  [String.raw`C:\models\acme\llama`, /a path on this machine/],
  ["c:/models/llama.gguf", /a path on this machine/],
  [String.raw`\\nas\models`, /a path on this machine/],
  [String.raw`.\llama.gguf`, /a path on this machine/],
  ["acme/..", /no repository name/],
  ["acme/a--b", /no repository name/],
  ["acme/.hidden", /no repository name/],
  ["acme/name.git", /no repository name/],
  ["acme/na me", /no repository name/],
  ["acme\\llama", /no repository name/],
  [`acme/${"x".repeat(97)}`, /no repository name/],
  ["acme/llama:", /nothing follows the colon/],
  ["acme/llama@", /nothing follows the @/],
  ["acme/llama@:Q4", /nothing follows the @/],
  ["hf://acme/llama@", /nothing follows the @/],
  ["acme/llama@a b", /no revision/],
  ["acme/llama@../x", /no revision/],
  ["acme/llama@/x", /no revision/],
  ["acme/llama@x//y", /no revision/],
  ["acme/llama@x~1", /no revision/],
  ["acme/llama@x\x01", /no revision/],
  [`acme/llama@${"x".repeat(256)}`, /no revision/],
  ["https://huggingface.co/datasets/acme/data", /datasets are not models/],
  ["https://huggingface.co/spaces/acme/app", /spaces are not models/],
  ["hf://datasets/acme/data/f.json", /datasets are not models/],
  ["https://huggingface.co/acme/llama/discussions/3", /"discussions" is no page/],
  ["https://huggingface.co/acme/llama/blob/main/%zz", /percent-encoding/],
  ["https://", /malformed/],
  ["https://github.com/acme/tiny", /"github\.com", and only those of huggingface\.co, hf\.co are read/],
  ["https://huggingface.co.evil.example/acme/tiny", /only those of/],
  ["https://huggingface.co@evil.example/acme/tiny", /only those of/],
  ["https://huggingface.co:8443/acme/tiny", /only those of/],
  ["http://127.0.0.1:8080/acme/llama/blob/main/f", /only those of/],
  ["https://huggingface.co/", /no repository name/],
  ["https://huggingface.co/acme/llama/tree/main%2F..%2Fx", /no revision/],
];

for (const [text, problem] of refused) {
  Deno.test(`parseReference() refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
    assert.throws(() => parseReference(text), (error: unknown) => {
      assert.ok(error instanceof Error && "code" in error && "hints" in error);
      assert.equal(error.code, "USAGE_ERROR");
      assert.match(error.message, problem);
      assert.ok(Array.isArray(error.hints) && error.hints.length > 0);
      return true;
    });
  });
}

Deno.test("parseReference() repeats no credentials of a URL", () => {
  const token = "hf_abcdefghijklmnopqrstuvwx";
  for (const text of [`https://me:pass-word@hub.example/x/y/z?token=${token}`, `${token}/a/b`]) {
    assert.throws(() => parseReference(text), (error: unknown) => {
      assert.ok(error instanceof Error);
      assert.ok(!error.message.includes("pass-word") && !error.message.includes(token), error.message);
      return true;
    });
  }
});

const word = fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9_]|[.-][A-Za-z0-9_]){0,20}$/);
const anyRepo = fc.oneof(word, fc.tuple(word, word).map((parts) => parts.join("/"))).filter(isRepoName);
const anyRevision = fc.oneof(
  word,
  fc.constant(COMMIT),
  fc.nat(999).map((number) => `refs/pr/${number}`),
  fc.tuple(word, word).map((parts) => parts.join("/")),
);
const anySelector = fc.string({ minLength: 1 }).filter((text) => text.trim() === text);
const anyReference: fc.Arbitrary<ModelReference> = fc.record({
  repo: anyRepo,
  revision: fc.option(anyRevision, { nil: undefined }),
  selector: fc.option(anySelector, { nil: undefined }),
}, { noNullPrototype: true });

Deno.test("parseReference() gives back what formatReference() was given", () => {
  fc.assert(fc.property(anyReference, (value) => {
    assert.deepEqual(parseReference(formatReference(value)), value);
  }));
});

Deno.test("parseReference() reads web URLs and hf:// alike", () => {
  fc.assert(
    fc.property(anyRepo, anyRevision, fc.array(word, { minLength: 1 }), (repo, revision, path) => {
      const encoded = encodeURIComponent(revision);
      const expected = { repo, revision, selector: path.join("/") };
      assert.deepEqual(
        parseReference(`https://huggingface.co/${repo}/blob/${encoded}/${path.join("/")}`),
        expected,
      );
      assert.deepEqual(parseReference(`hf://${repo}@${encoded}/${path.join("/")}`), expected);
    }),
  );
});

Deno.test("parseReference() returns a valid repository or throws USAGE_ERROR, whatever the text", () => {
  const piece = fc.constantFrom(
    "a",
    "/",
    "@",
    ":",
    "hf://",
    "https://",
    "..",
    "%2F",
    "%",
    " ",
    "refs",
    "\\",
    "*",
  );
  const text = fc.oneof(fc.string(), fc.array(piece).map((pieces) => pieces.join("")));
  fc.assert(
    fc.property(text, (given) => {
      let parsed: ModelReference;
      try {
        parsed = parseReference(given);
      } catch (error) {
        assert.ok(error instanceof Error && "code" in error && error.code === "USAGE_ERROR", String(error));
        return;
      }
      assert.ok(isRepoName(parsed.repo));
      assert.notEqual(parsed.revision, "");
      assert.notEqual(parsed.selector, "");
    }),
    { numRuns: 2000 },
  );
});

Deno.test("parseReference() reads URLs of the hosts that it is told, with their port and path, and the Hub's", () => {
  const expected = reference("acme/llama", "main", "sub/f.gguf");
  const ways: readonly (readonly [endpoint: string, url: string])[] = [
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080/acme/llama/resolve/main/sub/f.gguf"],
    ["http://127.0.0.1:8080/", "http://127.0.0.1:8080/acme/llama/blob/main/sub/f.gguf"],
    ["https://Hub.example", "https://hub.example:443/acme/llama/blob/main/sub/f.gguf"],
    ["https://hub.example/mirror/hf/", "https://hub.example/mirror/hf/acme/llama/blob/main/sub/f.gguf"],
    ["http://[::1]:9", "http://[::1]:9/acme/llama/blob/main/sub/f.gguf"],
    ["http://[::1]:9", "https://huggingface.co/acme/llama/blob/main/sub/f.gguf"],
  ];
  for (const [endpoint, url] of ways) {
    assert.deepEqual(parseReference(url, { hosts: webHosts(endpoint) }), expected, url);
  }
  const others = [
    "http://127.0.0.1:8081/acme/llama",
    "https://hub.example/mirror/hfx/acme/llama",
    "https://hub.example/acme/llama",
  ];
  const hosts = ["http://127.0.0.1:8080", "https://hub.example/mirror/hf"].flatMap(webHosts);
  for (const url of others) {
    assert.throws(
      () => parseReference(url, { hosts }),
      /only those of 127\.0\.0\.1:8080, hub\.example\/mirror/,
    );
  }
  assert.deepEqual(webHosts("no url"), []);
});

Deno.test("isCommit() wants 40 lower-case hexadecimal digits", () => {
  assert.ok(isCommit(COMMIT));
  assert.ok(!isCommit(COMMIT.toUpperCase()));
  assert.ok(!isCommit(COMMIT.slice(1)));
  assert.ok(!isCommit("main"));
});
