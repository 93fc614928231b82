import { match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { plainText } from "../../../core/http/plain_text.ts";

Deno.test("plainText() takes terminal sequences and control characters out", () => {
  strictEqual(plainText("\x1b[31mred\x1b[0m"), "red");
  strictEqual(plainText("a\x1b]0;title\x07b"), "ab");
  strictEqual(plainText("a\x1b]8;;http://evil.test\x1b\\link\x1b]8;;\x1b\\"), "alink");
  strictEqual(plainText("a\r\nb\tc"), "a b c");
  strictEqual(plainText("a\x00\x07\x9b\u202eb\u2066"), "ab");
  strictEqual(plainText("  ünïcödé 模型 🤗 "), "ünïcödé 模型 🤗");
});

Deno.test("plainText() never lets a control character through", () => {
  const noisy = fc.array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\x1b", "\x1b[", "\x9b", "\x07")),
  );
  fc.assert(fc.property(noisy, (parts) => {
    match(plainText(parts.join("")), /^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u);
  }));
});
