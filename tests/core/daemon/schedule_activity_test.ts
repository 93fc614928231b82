import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ScheduleActivity } from "../../../core/daemon/schedule_activity.ts";
import type { DownloadEvent } from "../../../core/download/events.ts";
import type { ScheduleEvent } from "../../../core/operations/model_manager.ts";

type Schedule = Extract<ScheduleEvent, { type: "schedule" }>["schedule"];

function changed(name: string, fields: Partial<Schedule> = {}): ScheduleEvent {
  const run = {
    dueAt: "2025-01-01T00:00:00.000Z",
    startedAt: "2025-01-01T00:00:00.000Z",
    attempts: 1,
    owner: { id: "o", pid: 1, host: "h", seenAt: "2025-01-01T00:00:00.000Z" },
  };
  return { type: "schedule", schedule: { name, run, ...fields } as unknown as Schedule };
}

function said(name: string, event: object): ScheduleEvent {
  return { type: "download", name, event: event as DownloadEvent };
}

Deno.test("ScheduleActivity tells how far each reference of a run is, and how fast it comes", () => {
  let now = 1000;
  const activity = new ScheduleActivity({ monotonic: () => now });
  activity.handle(changed("nightly", { limitBytesPerSecond: 300 }));
  const plan = { type: "planned", repo: "r", commit: "c", notices: [], receivedBytes: 0, fetchBytes: 1000 };
  for (const reference of ["acme/a", "acme/b"]) {
    const files = [{ path: "f", totalBytes: 1000, action: "fetch", resumedBytes: 0 }];
    activity.handle(said("nightly", { ...plan, reference, totalBytes: 1000, files }));
  }
  const bytes = { reference: "acme/a", file: "f", totalBytes: 1000 };
  activity.handle(said("nightly", { type: "started", ...bytes, receivedBytes: 0, resumedBytes: 0 }));
  strictEqual(activity.downloads("nightly")[0]?.bytesPerSecond, null, "it has just begun");
  for (let second = 1; second <= 8; second++) {
    now += 1000;
    activity.handle(
      said("nightly", { type: "progress", connections: 1, ...bytes, receivedBytes: 100 * second }),
    );
  }
  deepStrictEqual(activity.downloads("nightly"), [
    { reference: "acme/a", status: "downloading", bytesReceived: 800, bytesTotal: 1000, bytesPerSecond: 100 },
    { reference: "acme/b", status: "waiting", bytesReceived: 0, bytesTotal: 1000, bytesPerSecond: null },
  ]);
  strictEqual(activity.limitRate("nightly"), 300);
  now += 60_000;
  strictEqual(activity.downloads("nightly")[0]?.bytesPerSecond, 0, "nothing arrives");
  activity.handle(
    said("nightly", {
      type: "finished",
      reference: "acme/a",
      totalBytes: 1000,
      receivedBytes: 1000,
      paths: [],
    }),
  );
  activity.handle(
    said("nightly", { type: "failed", reference: "acme/b", totalBytes: 1000, receivedBytes: 0, error: {} }),
  );
  deepStrictEqual(activity.downloads("nightly").map(({ status, bytesReceived }) => [status, bytesReceived]), [
    ["completed", 1000],
    ["failed", 0],
  ]);
});

Deno.test("ScheduleActivity keeps nothing of a run that has ended, and of schedules that do not run", () => {
  const activity = new ScheduleActivity({ monotonic: () => 0 });
  const event = said("a", { type: "progress", reference: "r", file: "f", receivedBytes: 1, totalBytes: 2 });
  activity.handle(event);
  deepStrictEqual(activity.downloads("a"), []);
  activity.handle(changed("a"));
  activity.handle(event);
  strictEqual(activity.downloads("a").length, 1);
  activity.handle(changed("a", { run: undefined as never }));
  deepStrictEqual([activity.downloads("a"), activity.limitRate("a")], [[], undefined]);
});
