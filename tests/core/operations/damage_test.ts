import assert from "node:assert/strict";
import { Notifier } from "../../../core/base/notifier.ts";
import { damageTeller } from "../../../core/operations/damage.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("damageTeller() tells a person, or keeps it for the next one who looks", async () => {
  await using dir = await makeTempDir();
  const noticed: string[] = [];
  const notices = new Notifier<string>();
  using _noticed = notices.subscribe((message) => noticed.push(message));
  const told: string[] = [];
  const begin = (onDamage?: (message: string) => boolean) =>
    damageTeller({ stateDir: dir.path, onDamage, notices });
  const person = (message: string): boolean => told.push(message) > 0;

  begin()("by a library");
  begin(() => false)("in the background");
  assert.deepEqual([told, noticed], [[], ["by a library", "in the background"]]);
  begin(person)("in the open");
  assert.deepEqual(told, ["by a library", "in the background", "in the open"]);
  assert.equal(noticed.length, 2);
  begin(person);
  assert.equal(told.length, 3, "each once");
});
