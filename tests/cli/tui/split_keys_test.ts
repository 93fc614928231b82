import assert from "node:assert/strict";
import fc from "fast-check";
import { KeySplitter } from "../../../cli/tui/split_keys.ts";

const split = (...chunks: readonly string[]): string[][] => {
  const splitter = new KeySplitter();
  return chunks.map((chunk) => splitter.split(chunk));
};

Deno.test("KeySplitter tells keys apart that come together", () => {
  assert.deepEqual(split("llama\r"), [["llama", "\r"]]);
  assert.deepEqual(split("\x1b[B\x1b[Bd"), [["\x1b[B", "\x1b[B", "d"]]);
  assert.deepEqual(split("\x7f\x7fab\x03"), [["\x7f", "\x7f", "ab", "\x03"]]);
  assert.deepEqual(split("\x1bOP\x1b[1;5C\x1b[5~"), [["\x1bOP", "\x1b[1;5C", "\x1b[5~"]]);
  assert.deepEqual(split("\x1b"), [["\x1b"]]);
  assert.deepEqual(split("日本\r"), [["日本", "\r"]]);
  assert.deepEqual(split("\x1b\x1b[A"), [["\x1b", "\x1b[A"]]);
});

Deno.test("KeySplitter leaves what is pasted in one piece, and its control characters are no keys", () => {
  assert.deepEqual(split("a\x1b[200~x\r\x03y\x1b[201~\r"), [["a", "\x1b[200~", "x\r\x03y\x1b[201~", "\r"]]);
  assert.deepEqual(split("\x1b[200~one\r", "two\x03", "\x1b[201~\x03"), [
    ["\x1b[200~", "one\r"],
    ["two\x03"],
    ["\x1b[201~", "\x03"],
  ]);
});

Deno.test("KeySplitter loses nothing and adds nothing", () => {
  const part = fc.constantFrom(
    "\x1b",
    "[",
    "200~",
    "201~",
    "\x1b[200~",
    "\x1b[201~",
    "A",
    "\r",
    "\x03",
    "é",
    "😀",
    "1",
    ";",
  );
  fc.assert(fc.property(fc.array(fc.array(part).map((parts) => parts.join(""))), (chunks) => {
    const splitter = new KeySplitter();
    for (const chunk of chunks) {
      const pieces = splitter.split(chunk);
      assert.equal(pieces.join(""), chunk);
      assert.ok(!pieces.includes(""));
    }
  }));
});
