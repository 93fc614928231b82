import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import { ScheduleBox } from "./schedule_fixture.ts";

const DAILY = { time: "23:00", timeZone: "UTC" } as const;

async function names(box: ScheduleBox): Promise<string[]> {
  return (await box.book.list()).schedules.map(({ name, enabled }) => `${name} ${enabled ? "on" : "off"}`);
}

Deno.test("ScheduleBook.create() makes a schedule that is due from now on, once for each name", async () => {
  await using box = await ScheduleBox.open("2025-01-10T23:30Z");
  const { schedule } = await box.book.create({ name: "n", timing: DAILY, references: ["a/b"] });
  strictEqual(schedule?.nextRunAt, "2025-01-11T23:00:00.000Z");
  await rejects(box.book.create({ name: "n", timing: DAILY, references: [] }), {
    code: "USAGE_ERROR",
    message: 'There is a schedule "n" already',
  });
  for (const name of ["", "a b", "-x", "../x", "ä", "x".repeat(41)]) {
    await rejects(box.book.create({ name, timing: DAILY, references: [] }), { code: "USAGE_ERROR" }, name);
  }
  await rejects(box.book.create({ name: "m", timing: { ...DAILY, day: "9" }, references: [] }), {
    code: "USAGE_ERROR",
  });
  deepStrictEqual(await names(box), ["n on"]);
});

Deno.test("ScheduleBook.setActive() switches one on and all others off, at once", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  for (const name of ["a", "b", "c"]) await box.book.create({ name, timing: DAILY, references: [] });
  await box.book.disable(["b"]);
  const changes = await box.book.setActive("b");
  deepStrictEqual(changes.map(({ name, changed }) => [name, changed]), [["a", true], ["b", true], [
    "c",
    true,
  ]]);
  deepStrictEqual(await names(box), ["a off", "b on", "c off"]);
  deepStrictEqual((await box.book.setActive("b")).map(({ changed }) => changed), [false, false, false]);
  await rejects(box.book.setActive("d"), { code: "NOT_FOUND", message: /there are a, b, c$/ });
});

Deno.test("ScheduleBook changes nothing when one of the names is unknown", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  await box.book.create({ name: "a", timing: DAILY, references: [] });
  for (const act of ["enable", "disable", "remove"] as const) {
    await rejects(box.book[act](["a", "nightyl"]), {
      code: "NOT_FOUND",
      hints: ["See them: mm schedule list"],
    });
  }
  await box.book.create({ name: "nightly", timing: DAILY, references: [] });
  await rejects(box.book.enable(["nightyl"]), {
    hints: ['Did you mean "nightly"?', "See them: mm schedule list"],
  });
  await box.book.remove(["nightly"]);
  deepStrictEqual(await names(box), ["a on"]);
  strictEqual((await box.book.enable(["a", "a"])).length, 1);
  deepStrictEqual((await box.book.remove(["a"])).map(({ changed }) => changed), [true]);
  await rejects(box.book.enable(["a"]), { message: /there is none at all$/ });
});

Deno.test("ScheduleBook.remove() deletes a damaged record, which is left aside until then", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  await box.kv.set(["schedules", "broken"], "?");
  deepStrictEqual((await box.book.list()).damaged, ["broken"]);
  await rejects(box.book.create({ name: "broken", timing: DAILY, references: [] }), { code: "USAGE_ERROR" });
  await box.book.remove(["broken"]);
  deepStrictEqual((await box.book.list()).damaged, []);
});

Deno.test("ScheduleBook shows the schedule of the settings while there is no other, and follows it", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  deepStrictEqual(await names(box), []);
  box.standard = { timing: { type: "daily", time: "23:00" }, maxConcurrent: 2 };
  deepStrictEqual(await names(box), ["default on"]);
  await rejects(box.book.remove(["default"]), { code: "USAGE_ERROR", message: /stands in the settings/ });
  await box.book.disable(["default"]);
  box.standard = { timing: { type: "weekly", time: "22:00", day: 0 }, maxConcurrent: 1 };
  const [changed] = (await box.book.list()).schedules;
  ok(changed !== undefined);
  deepStrictEqual([changed.enabled, changed.type, changed.day, changed.maxConcurrent], [
    false,
    "weekly",
    0,
    1,
  ]);
  box.standard = { timing: { type: "daily", time: "21:00" }, maxConcurrent: 1 };
  const [again] = (await box.book.list()).schedules;
  deepStrictEqual([again?.time, again?.day], ["21:00", undefined]);
  await box.book.create({ name: "mine", timing: DAILY, references: [] });
  deepStrictEqual(await names(box), ["mine on"]);
  await box.book.remove(["mine"]);
  deepStrictEqual(await names(box), ["default on"]);
  box.standard = undefined;
  deepStrictEqual(await names(box), []);
});

Deno.test("two processes that change the same schedule both come to an end", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  await box.book.create({ name: "a", timing: DAILY, references: [] });
  await box.book.create({ name: "b", timing: DAILY, references: [] });
  await Promise.all([
    box.book.disable(["a"]),
    box.book.setActive("b"),
    box.book.disable(["a", "b"]),
    box.book.enable(["b"]),
    box.book.setActive("b"),
  ]);
  deepStrictEqual((await names(box))[0], "a off");
});

Deno.test("ScheduleBook.create() advises what can be done about a name that is taken", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  box.standard = { timing: { type: "daily", time: "03:00" }, maxConcurrent: 1 };
  await box.book.list();
  const timing = { type: "daily", time: "23:00" } as const;
  const create = (name: string) => box.create({ name, timing });
  await rejects(
    create("default"),
    (error) => /default_schedule\.enabled false/.test(String((error as ModelManagerError).hints)),
  );
  await create("other");
  await rejects(
    create("other"),
    (error) => /mm schedule remove other/.test(String((error as ModelManagerError).hints)),
  );
});
