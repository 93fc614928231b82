import assert from "node:assert/strict";
import { isSafetensorsPath, safetensorsProblem } from "../../../core/library/safetensors_check.ts";

function problemOf(bytes: Uint8Array): Promise<string | undefined> {
  return safetensorsProblem({
    sizeBytes: bytes.length,
    // A reader may give less than was asked for.
    read: (buffer, position) => {
      const part = bytes.subarray(position, position + Math.min(buffer.length, 7));
      buffer.set(part);
      return Promise.resolve(part.length);
    },
  });
}

function file(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const HEADER = JSON.stringify({
  __metadata__: { format: "pt" },
  a: { dtype: "F32", shape: [4], data_offsets: [0, 16] },
  b: { dtype: "F32", shape: [2], data_offsets: [16, 24] },
});

Deno.test("safetensorsProblem() finds nothing in a sound file", async () => {
  assert.equal(await problemOf(file(HEADER, 24)), undefined);
  assert.equal(await problemOf(file("{}", 0)), undefined);
});

Deno.test("safetensorsProblem() tells what is cut off, and what is something else", async () => {
  const cases: readonly [Uint8Array, RegExp][] = [
    [file(HEADER, 23), /its last tensor ends at byte \d+, the file at \d+/],
    [file(HEADER, 24).subarray(0, 20), /ends within its header/],
    [new Uint8Array(3), /too short/],
    [new Uint8Array(64), /does not begin with the length/],
    [new TextEncoder().encode("<html>Not found, says the server</html>"), /does not begin with the length/],
    [file("[1, 2]", 9), /cannot be read/],
    [file("no JSON", 9), /cannot be read/],
    [file('{"a":{"data_offsets":"x"}}', 9), /cannot be read/],
    [file('{"a":null}', 9), /cannot be read/],
  ];
  for (const [bytes, problem] of cases) assert.match(await problemOf(bytes) ?? "", problem);
});

Deno.test("isSafetensorsPath() goes by the extension", () => {
  assert.deepEqual(["a/b.safetensors", "A.SAFETENSORS", "a.safetensors.json"].map(isSafetensorsPath), [
    true,
    true,
    false,
  ]);
});
