import assert from "node:assert/strict";
import fc from "fast-check";
import { redactText, redactTyped, redactUrl } from "../../../core/base/redact.ts";

const SECRET = "Zx9Kq4Lm7Pw2Rt5Vb8Nc3Hd6";

Deno.test("redactUrl() shows host, path and harmless parameters only", () => {
  assert.equal(
    redactUrl(`https://user:${SECRET}@hub.example/api/models?search=llama&limit=5&sig=${SECRET}#${SECRET}`),
    "https://hub.example/api/models?search=llama&limit=5&sig=REDACTED",
  );
});

Deno.test("redactUrl() shows a repeated parameter once", () => {
  assert.equal(redactUrl("https://a.example/?k=1&k=2"), "https://a.example/?k=REDACTED");
});

Deno.test("redactUrl() hides a token in the path or in a harmless parameter", () => {
  assert.ok(!redactUrl(`https://a.example/hf_${SECRET}?search=hf_${SECRET}`).includes(SECRET));
});

Deno.test("redactUrl() shows nothing of what it cannot read", () => {
  assert.equal(redactUrl(`not a url ${SECRET}`), "(malformed URL)");
});

const secretTexts: readonly string[] = [
  `token hf_${SECRET} was refused`,
  `HF_TOKEN=hf_${SECRET}`,
  `MY_hf_${SECRET}`,
  `api_org_${SECRET}`,
  `hf_oauth_eyJhbGciOi.${SECRET}.x-_y`,
  `hf_jwt_eyJ0eXAi.${SECRET}.${SECRET}`,
  `authorization: Bearer ${SECRET}`,
  `Authorization: Basic ${SECRET}==`,
  `{"authorization":"Bearer ${SECRET}"}`,
  `{"authorization": "${SECRET}"}`,
  `sent bearer ${SECRET}, got 401`,
  `Set-Cookie: session=${SECRET}; Path=/; token=${SECRET}`,
  `cookie: a=${SECRET}`,
  `GET https://cdn.example/f.gguf?Expires=1&Signature=${SECRET}&Key-Pair-Id=K`,
  `GET <https://cdn.example/f?X-Amz-Signature=${SECRET}>`,
  `("https://cdn.example/f?filename*=UTF-8''f.gguf&X-Amz-Credential=${SECRET}")`,
  `Location: /f.gguf?response-content-type=x&X-Amz-Signature=${SECRET}`,
  `proxy http://me:${SECRET}@proxy.example:3128 refused`,
  `proxy socks5://me:${SECRET}@proxy.example:1080 refused`,
  `https://a.example/callback#access_token=${SECRET}`,
];

for (const text of secretTexts) {
  Deno.test(`redactText() hides the secret of ${text.replaceAll(SECRET, "…")}`, () => {
    const shown = redactText(text);
    assert.ok(!shown.includes(SECRET), shown);
    assert.ok(shown.includes("REDACTED") || !text.includes("REDACTED"), shown);
  });
}

for (
  const text of [
    "Downloaded acme/llama-GGUF:Q4_K_M in 3 s",
    "https://hub.example/acme/llama/resolve/main/f.gguf",
    "https://hub.example/api/models?search=llama&limit=20",
    "the bearer",
    "git@github.com:acme/llama.git",
    "hf_hub_download and hf_xet are names",
  ]
) {
  Deno.test(`redactText() leaves "${text}" alone`, () => assert.equal(redactText(text), text));
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const anyToken = fc.string({ unit: fc.constantFrom(...letters), minLength: 20, maxLength: 40 })
  .map((text) => `hf_${text}`);
const separator = fc.constantFrom(" ", "=", ":", '"', "'", "/", "_", "\n", "(", "?token=", "&x=", "@", ",");

Deno.test("redactText() lets no access token through, wherever it stands", () => {
  fc.assert(
    fc.property(anyToken, fc.string(), separator, separator, fc.string(), (token, before, a, b, after) => {
      const shown = redactText(`${before}${a}${token}${b}${after}`);
      assert.ok(!shown.includes(token.slice(3)), shown);
    }),
  );
});

Deno.test("redactText() lets no signature of a URL through, whatever surrounds it", () => {
  const name = fc.constantFrom("X-Amz-Signature", "Signature", "Policy", "sig", "unknown");
  const signature = fc.string({ unit: fc.constantFrom(...letters, "~", "-", "_", "%2B"), minLength: 16 });
  fc.assert(fc.property(name, signature, fc.webPath(), separator, (parameter, value, path, after) => {
    const shown = redactText(`at https://cdn.example${path}?${parameter}=${value}&z=1${after}`);
    assert.ok(!shown.includes(value), shown);
  }));
});

Deno.test("redactText() changes nothing more when applied again", () => {
  fc.assert(fc.property(fc.constantFrom(...secretTexts), fc.string(), (text, tail) => {
    const once = redactText(`${text} ${tail}`);
    assert.equal(redactText(once), once);
  }));
});

Deno.test("redactTyped() hides secrets and leaves every other reference as it was typed", () => {
  for (
    const plain of [
      "acme/tiny-GGUF@v1:Q4_K_M",
      "hf://gpt2@v1/config.json",
      "https://huggingface.co/acme/x/resolve/main/a%20b.gguf?download=true#top",
    ]
  ) assert.equal(redactTyped(plain), plain);
  const token = `hf_${"a1".repeat(17)}`;
  assert.equal(redactTyped(`hf://acme/x@${token}/y`), "hf://acme/x@hf_REDACTED/y");
  assert.equal(redactTyped("https://me:pass@hub.example/a/b"), "https://REDACTED@hub.example/a/b");
  assert.equal(
    redactTyped("https://cdn.example/f?X-Amz-Signature=abc&download=true"),
    "https://cdn.example/f?X-Amz-Signature=REDACTED&download=true",
  );
});
