import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ReplyMemory } from "../../../../core/operations/pull_through/reply_memory.ts";

function entry(body: string) {
  return { version: 1, url: "https://hub.test/", storedAt: 0, headers: {}, body } as const;
}

Deno.test("ReplyMemory forgets what was not asked for longest when it is full", async () => {
  const memory = new ReplyMemory(10);
  await memory.set("a", entry("1234"));
  await memory.set("b", entry("1234"));
  deepStrictEqual(await memory.get("a"), entry("1234"));
  await memory.set("c", entry("123456"));
  strictEqual(await memory.get("b"), undefined);
  deepStrictEqual(await memory.get("a"), entry("1234"));
  await memory.set("a", entry("1"));
  await memory.set("d", entry("123"));
  deepStrictEqual(await memory.get("c"), entry("123456"));
  await memory.set("e", entry("12345678901"));
  strictEqual(await memory.get("e"), undefined, "larger than all the room there is");
});
