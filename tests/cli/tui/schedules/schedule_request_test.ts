import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  requestLines,
  scheduleCommand,
  suggestName,
} from "../../../../cli/tui/schedules/schedule_request.ts";

Deno.test("suggestName() gives a name that is free", () => {
  strictEqual(suggestName({ type: "daily", time: "23:00" }, []), "nightly");
  strictEqual(suggestName({ type: "daily", time: "12:00" }, []), "daily");
  strictEqual(suggestName({ type: "weekly", time: "12:00" }, ["weekly", "weekly-2"]), "weekly-3");
  strictEqual(suggestName({ type: "cron", cron: "@daily" }, []), "cron");
  fc.assert(fc.property(fc.integer({ min: 0, max: 9 }), (count) => {
    const taken: string[] = [];
    for (let index = 0; index < count; index++) taken.push(suggestName({ type: "weekly" }, taken));
    return new Set(taken).size === taken.length;
  }));
});

Deno.test("scheduleCommand() is the same as a command line", () => {
  strictEqual(
    scheduleCommand({
      name: "x",
      type: "weekly",
      day: "fri",
      time: "18:00",
      until: "07:00",
      limitBytesPerSecond: 5_000_000,
      references: ["acme/a:Q4_K_M"],
    }),
    "mm schedule create --type weekly --day fri --time 18:00 --until 07:00 --limit-rate 5000000 --name x acme/a:Q4_K_M",
  );
  strictEqual(
    scheduleCommand({
      name: "x",
      type: "cron",
      cron: "30 1 * * 1-5",
      limitBytesPerSecond: null,
      manifest: "/m y.json",
    }),
    "mm schedule create --type cron --cron '30 1 * * 1-5' --limit-rate off --manifest '/m y.json' --name x",
  );
});

Deno.test("requestLines() says what would be made, safe to show", () => {
  deepStrictEqual(
    requestLines({ name: "x", type: "daily", time: "23:00", manifest: "/a\x1b[31m" }, {
      type: "daily",
      time: "23:00",
      until: "07:00",
    }),
    [
      "When: daily 23:00 until 07:00",
      "Fetches: /a?[31m",
      "Limit: as the settings say",
      "As a command: mm schedule create --type daily --time 23:00 --manifest '/a?[31m' --name x",
    ],
  );
});
