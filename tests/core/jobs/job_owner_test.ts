import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  isAbandoned,
  OWNER_LOST_MS,
  OWNER_SEEN_EVERY_MS,
  seenFrom,
  seenJob,
} from "../../../core/jobs/job_owner.ts";
import type { JobOwner } from "../../../core/state/job_record.ts";
import { makeJob } from "./job_fixture.ts";

const NOW_MS = Date.parse("2025-01-03T00:00:00Z");
const SELF = { host: "box", installation: "mine" };

function at(ageMs: number): string {
  return new Date(NOW_MS - ageMs).toISOString();
}

Deno.test("isAbandoned() goes by the installation, else by how long nobody has been heard of", () => {
  const cases: readonly [what: string, owner: Partial<JobOwner>, startedMs: number, abandoned: boolean][] = [
    ["its own predecessor", { installation: "mine", seenAt: at(0) }, 0, true],
    ["another of that name", { installation: "other", seenAt: at(0) }, 0, false],
    ["a copy of the machine", { installation: "mine", host: "copy", seenAt: at(0) }, 0, false],
    ["one just still there", { installation: "other", seenAt: at(OWNER_LOST_MS - 1) }, 0, false],
    ["one that is lost", { installation: "other", seenAt: at(OWNER_LOST_MS) }, 0, true],
    ["a clock that is far ahead", { installation: "other", seenAt: at(-OWNER_LOST_MS) }, 0, true],
    ["a record of an earlier release", {}, 3_600_000, false],
    ["an old record of an earlier release", {}, 86_400_000, true],
    ["a date that is none", { installation: "other", seenAt: "?" }, 3_600_000, false],
  ];
  for (const [what, fields, startedMs, abandoned] of cases) {
    const owner = { id: "x", pid: 1, host: "box", ...fields };
    const job = makeJob({ status: "downloading", startedAt: at(startedMs), owner });
    strictEqual(isAbandoned(job, { self: SELF, alone: false, nowMs: NOW_MS }), abandoned, what);
    strictEqual(isAbandoned(job, { self: { host: "box" }, alone: true, nowMs: NOW_MS }), true, what);
    strictEqual(isAbandoned({ ...job, status: "paused" }, { self: SELF, alone: true, nowMs: NOW_MS }), false);
  }
});

Deno.test("seenJob() renews the sign of life of its owner only, and not each time", () => {
  const owner = { id: "me", pid: 1, host: "box", installation: "mine", seenAt: at(OWNER_SEEN_EVERY_MS) };
  const job = makeJob({ status: "downloading", owner });
  const mine = { ownerId: "me", nowMs: NOW_MS };
  deepStrictEqual(seenJob(job, mine).owner, { ...owner, seenAt: at(0) });
  strictEqual(seenJob(job, { ...mine, nowMs: NOW_MS - 1 }), job);
  strictEqual(seenJob(job, { ...mine, ownerId: "they" }), job);
  const { installation: _, ...alone } = owner;
  const local = makeJob({ status: "downloading", owner: alone });
  strictEqual(seenJob(local, mine), local, "nobody else reads a local store");
});

Deno.test("seenFrom() tells jobs of others from one's own, also where machines have the same name", () => {
  const of = (machine: string, installation: string) =>
    seenFrom(makeJob({ machine, installation }), SELF).elsewhere === true;
  deepStrictEqual([of("box", "mine"), of("box", "other"), of("far", "other")], [false, true, true]);
  strictEqual(seenFrom(makeJob(), SELF).elsewhere, undefined);
});
