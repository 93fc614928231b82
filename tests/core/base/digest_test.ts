import assert from "node:assert/strict";
import { formatDigest, parseDigest, sameDigest } from "../../../core/base/digest.ts";

const SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const SHA1 = "ce013625030ba8dba906f756967f9e9ca394464a";

Deno.test("parseDigest() tells the algorithm by the length", () => {
  assert.deepEqual(parseDigest(SHA256), { algorithm: "sha256", hex: SHA256 });
  assert.deepEqual(parseDigest(SHA1), { algorithm: "git-sha1", hex: SHA1 });
});

for (
  const text of [
    "",
    "*".repeat(64),
    SHA256.toUpperCase(),
    SHA256.slice(1),
    `"${SHA256}"`,
    `${SHA256}\n`,
    "g".repeat(40),
  ]
) {
  Deno.test(`parseDigest() refuses ${JSON.stringify(text.slice(0, 12))} of length ${text.length}`, () => {
    assert.equal(parseDigest(text), undefined);
  });
}

Deno.test("sameDigest() compares algorithm and value", () => {
  assert.ok(sameDigest({ algorithm: "sha256", hex: SHA256 }, { algorithm: "sha256", hex: SHA256 }));
  assert.ok(
    !sameDigest({ algorithm: "sha256", hex: SHA256 }, {
      algorithm: "sha256",
      hex: SHA256.replace("5", "6"),
    }),
  );
  assert.ok(!sameDigest({ algorithm: "sha256", hex: SHA1 }, { algorithm: "git-sha1", hex: SHA1 }));
});

Deno.test("formatDigest() names the algorithm", () => {
  assert.equal(formatDigest({ algorithm: "git-sha1", hex: SHA1 }), `git-sha1:${SHA1}`);
});
