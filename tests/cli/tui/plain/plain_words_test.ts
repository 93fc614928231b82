import assert from "node:assert/strict";
import fc from "fast-check";
import { type PlainPlace, readWish } from "../../../../cli/tui/plain/plain_words.ts";

const KEYS = [
  { keys: ["backspace"], command: "filterBackspace", label: "delete" },
  { keys: ["d", "delete"], command: "delete", label: "delete" },
  { keys: ["r"], command: "refresh", label: "check" },
  { keys: ["v"], command: "stopVerifying", label: "stop verifying" },
  { keys: ["enter"], command: "details", label: "details" },
];
const LIST: PlainPlace = { keys: KEYS, isTyping: false };
const FIELD: PlainPlace = { keys: KEYS, isTyping: true };

Deno.test("readWish() takes commands by key, label and name", () => {
  const remove = { type: "perform", commands: ["filterBackspace", "delete"] };
  assert.deepEqual(readWish("delete", LIST), remove);
  assert.deepEqual(readWish("d", LIST), { type: "perform", commands: ["delete"] });
  assert.deepEqual(readWish("D ", LIST), { type: "perform", commands: ["delete"] });
  assert.deepEqual(readWish("refresh", LIST), { type: "perform", commands: ["refresh"] });
  assert.deepEqual(readWish("  Stop   verifying ", LIST), { type: "perform", commands: ["stopVerifying"] });
});

Deno.test("readWish() takes rows by number, alone and after a command", () => {
  assert.deepEqual(readWish("3", LIST), { type: "row", index: 2, commands: undefined });
  assert.deepEqual(readWish("3", FIELD), { type: "row", index: 2, commands: undefined });
  assert.deepEqual(readWish("d 12", LIST), { type: "row", index: 11, commands: ["delete"] });
  assert.deepEqual(readWish("stop verifying 1", LIST), {
    type: "row",
    index: 0,
    commands: ["stopVerifying"],
  });
});

Deno.test("readWish() takes screens, with what they are opened with", () => {
  assert.deepEqual(readWish("downloads", LIST), { type: "shell", command: "downloads" });
  assert.deepEqual(readWish("t", LIST), { type: "shell", command: "theme" });
  assert.deepEqual(readWish("search Llama 3", LIST), { type: "open", screen: "search", text: "Llama 3" });
  assert.deepEqual(readWish("show acme/Tiny", FIELD), { type: "open", screen: "details", text: "acme/Tiny" });
  assert.deepEqual(readWish("details", LIST), { type: "perform", commands: ["details"] });
});

Deno.test("readWish() takes text where text is typed, but for what holds everywhere", () => {
  assert.deepEqual(readWish("delete", FIELD), { type: "text", text: "delete" });
  assert.deepEqual(readWish("d", FIELD), { type: "text", text: "d" });
  assert.deepEqual(readWish(":d", FIELD), { type: "perform", commands: ["delete"] });
  assert.deepEqual(readWish(": nothing", FIELD), { type: "unknown", text: ": nothing" });
  assert.deepEqual(readWish('"quit"', FIELD), { type: "text", text: "quit" });
  assert.deepEqual(readWish("'70", FIELD), { type: "text", text: "70" });
  assert.deepEqual(readWish("enter", FIELD), { type: "perform", commands: ["details"] });
  assert.deepEqual(readWish("escape", FIELD), { type: "shell", command: "back" });
  for (const place of [LIST, FIELD]) {
    assert.deepEqual(readWish("", place), { type: "again" });
    assert.deepEqual(readWish("QUIT", place), { type: "shell", command: "quit" });
    assert.deepEqual(readWish("back", place), { type: "shell", command: "back" });
    assert.deepEqual(readWish("?", place), { type: "help" });
    assert.deepEqual(readWish("more", place), { type: "more" });
    assert.deepEqual(readWish("wait", place), { type: "wait", seconds: 30 });
    assert.deepEqual(readWish("wait 5", place), { type: "wait", seconds: 5 });
  }
});

Deno.test("readWish() gives something for every line, and never fails", () => {
  assert.deepEqual(readWish("serch x", LIST), { type: "unknown", text: "serch x" });
  fc.assert(fc.property(fc.string(), fc.boolean(), (line, isTyping) => {
    const wish = readWish(line, { keys: KEYS, isTyping });
    if (wish.type === "row") assert.ok(Number.isSafeInteger(wish.index));
    if (isTyping && wish.type === "text") assert.notEqual(wish.text, "");
  }));
  for (const line of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assert.deepEqual(readWish(line, LIST), { type: "unknown", text: line });
  }
});
