import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { comesBefore, indexOf, positionAt } from "../../../core/jobs/job_place.ts";
import { makeJob } from "./job_fixture.ts";

const job = (position: number) => makeJob({ position });

Deno.test("indexOf() reads a place, from 0 on", () => {
  const now = 3;
  strictEqual(indexOf("first", now), 0);
  strictEqual(indexOf("last", now), Infinity);
  strictEqual(indexOf("up", now), 2);
  strictEqual(indexOf("up", 0), 0);
  strictEqual(indexOf("down", now), 4);
  strictEqual(indexOf(2, now), 1);
});

Deno.test("positionAt() gives a position between the neighbours", () => {
  const positions = fc.uniqueArray(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 20 });
  fc.assert(fc.property(positions, fc.nat(20), (numbers, place) => {
    const others = numbers.sort((a, b) => a - b).map(job);
    const index = Math.min(place, others.length);
    const moved = job(positionAt(others, index) ?? NaN);
    others.forEach((other, at) => strictEqual(comesBefore(other, moved), at < index));
  }));
});

Deno.test("positionAt() gives none where numbers are not fine enough", () => {
  strictEqual(positionAt([job(1), job(1 + Number.EPSILON)], 1), undefined);
  strictEqual(positionAt([job(1), job(1)], 1), undefined);
});
