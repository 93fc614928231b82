import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { keepNote, tellNotes } from "../../../core/platform/kept_notes.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

function told(path: string, answer = true): string[] {
  const messages: string[] = [];
  tellNotes(path, (message) => {
    messages.push(message);
    return answer;
  });
  return messages;
}

Deno.test("tellNotes() tells what was kept until somebody was told, each message once", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state", "damage.txt");
  assert.deepEqual(told(path), []);
  keepNote(path, "one\nline");
  keepNote(path, "two");
  keepNote(path, "two");
  if (Deno.build.os !== "windows") assert.equal((await stat(path)).mode & 0o077, 0);
  assert.deepEqual(told(path, false), ["one line", "two"]);
  assert.deepEqual(told(path), ["one line", "two"]);
  assert.deepEqual(told(path), []);
});

Deno.test("keepNote() keeps a few, and fails for nothing", async () => {
  await using dir = await makeTempDir();
  for (let index = 0; index < 50; index++) keepNote(dir.join("damage.txt"), `note ${index}`);
  assert.equal(told(dir.join("damage.txt")).length, 20);
  await dir.write("file");
  keepNote(dir.join("file", "damage.txt"), "lost");
  assert.deepEqual(told(dir.join("file", "damage.txt")), []);
});
