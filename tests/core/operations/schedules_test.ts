import assert from "node:assert/strict";
import type { NewSchedule, ScheduleBook } from "../../../core/jobs/schedule_book.ts";
import { createSchedules } from "../../../core/operations/schedules.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

Deno.test("Schedules.create() says when the manifest is not there, and which one is followed", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  const made: NewSchedule[] = [];
  const book = {
    create(schedule: NewSchedule) {
      made.push(schedule);
      return Promise.resolve({ name: schedule.name, changed: true });
    },
  } as unknown as ScheduleBook;
  const schedules = createSchedules(operations.context, {
    book: () => Promise.resolve(book),
    runner: () => Promise.reject(new Error("Nothing is to be run")),
    defaultManifest: dir.join("config", "models.json"),
  });
  // A mistake comes first: nothing is said of what the schedule would have followed.
  const refusing = createSchedules(operations.context, {
    book: () => Promise.resolve({ create: () => Promise.reject(new Error("no")) } as unknown as ScheduleBook),
    runner: () => Promise.reject(new Error("Nothing is to be run")),
    defaultManifest: dir.join("config", "models.json"),
  });
  await assert.rejects(refusing.create({ name: "s", type: "dayly" }), /^Error: no$/);
  assert.deepEqual(operations.notices, []);
  const noticesOf = async (
    request: { readonly manifest?: string; readonly references?: readonly string[] },
  ) => {
    const before = operations.notices.length;
    await schedules.create({ name: "s", type: "daily", time: "23:00", ...request });
    return operations.notices.slice(before).join("\n");
  };
  assert.match(
    await noticesOf({ manifest: dir.join("nope.json") }),
    /^There is no manifest ".*nope\.json" yet/,
  );
  const manifest = await dir.write("own.json", "{}");
  assert.equal(await noticesOf({ manifest }), "");
  assert.equal(made.at(-1)?.manifest, manifest);
  assert.equal(await noticesOf({ references: ["acme/a"] }), "");
  assert.match(await noticesOf({}), /follows ".*config.models\.json"\. There is no manifest/);
  await dir.write("config/models.json", "{}");
  assert.match(await noticesOf({}), /follows ".*config.models\.json"$/);
});
