import assert from "node:assert/strict";
import { FileSigns } from "../../../core/download/file_signs.ts";

Deno.test("FileSigns.noticeExpiry() tells whether bytes arrived since the location expired before", () => {
  const signs = new FileSigns();
  assert.deepEqual(signs.noticeExpiry(0), { inARow: 1, afterProgress: false });
  assert.deepEqual(signs.noticeExpiry(0), { inARow: 2, afterProgress: false });
  assert.deepEqual(signs.noticeExpiry(1), { inARow: 1, afterProgress: true });
  assert.deepEqual(signs.noticeExpiry(1), { inARow: 2, afterProgress: false });
  signs.forget();
  assert.deepEqual(signs.noticeExpiry(0), { inARow: 1, afterProgress: false });
});

Deno.test("FileSigns.noticeReply() compares the tags of one place, and lets servers contradict themselves in the end", () => {
  const signs = new FileSigns();
  const reply = (etag: string | undefined, origin = "https://a.test") => signs.noticeReply({ origin, etag });
  assert.equal(reply('"1"'), undefined);
  assert.equal(reply(undefined), undefined);
  assert.equal(reply('"2"', "https://b.test"), undefined, "another place has tags of its own");
  assert.equal(reply('"2"'), 'its ETag was "1" and is "2"');
  assert.equal(reply('"1"'), 'its ETag was "2" and is "1"');
  assert.equal(reply('"2"'), undefined, "the digest decides");
});

Deno.test("FileSigns.noticeMove() is told once of each move", () => {
  const signs = new FileSigns();
  assert.deepEqual([1, 1, 3, 2].map((generation) => signs.noticeMove(generation)), [
    true,
    false,
    true,
    false,
  ]);
});
