import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { DigestAlgorithm } from "../../../core/base/digest.ts";
import { createFileDigest } from "../../../core/download/file_digest.ts";
import type { Fault } from "../../support/faults.ts";
import { eventsOf, hastyClock, MIB, openFixture } from "./engine_fixture.ts";

const BIG = { path: "a.gguf", sizeBytes: 5 * MIB };
const SMALL = { path: "small.gguf", sizeBytes: 500_000 };
const CORRUPT: Fault["effect"] = { type: "corrupt", position: 1234 };

function hexOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): string {
  return createFileDigest(algorithm, bytes.length).update(bytes).digest("hex");
}

Deno.test("runTransfers() fetches wrong bytes once more, and keeps those of a small file as evidence", async () => {
  for (const file of [BIG, SMALL]) {
    await using fixture = await openFixture({ files: [file], faults: [{ times: 1, effect: CORRUPT }] });
    const task = await fixture.task(file.path);
    const result = await fixture.run([task]);
    assert.equal(result.error, undefined);
    assert.ok(await fixture.isRight(file.path));
    assert.equal(result.outcomes?.[0]?.retries, 1);
    const [retrying] = eventsOf(result, "retrying");
    assert.equal(retrying?.error.code, "CHECKSUM_MISMATCH");
    const bad = await readFile(task.quarantinePath).catch(() => undefined);
    assert.equal(bad?.length, file === SMALL ? file.sizeBytes : undefined);
    if (bad !== undefined) assert.notEqual(hexOf(bad), task.source.digest.hex);
    assert.equal(eventsOf(result, "finished").length, 1);
  }
});

Deno.test("runTransfers() fails with both digests when the bytes stay wrong, and publishes nothing", async () => {
  for (const file of [BIG, SMALL]) {
    await using fixture = await openFixture({ files: [file], faults: [{ effect: CORRUPT }] });
    const task = await fixture.task(file.path);
    const result = await fixture.run([task]);
    assert.equal(result.error?.code, "CHECKSUM_MISMATCH");
    const actual = hexOf(await readFile(task.quarantinePath));
    assert.ok(result.error.message.includes(`expected sha256:${task.source.digest.hex}`));
    assert.ok(result.error.message.includes(`got sha256:${actual}`));
    assert.ok(result.error.hints.some((hint) => hint.includes(task.quarantinePath)));
    assert.equal(await fixture.published(file.path), undefined);
    assert.equal(eventsOf(result, "verified").length, 0);
    assert.equal(await fixture.journal(task), undefined, "the next run begins anew");
  }
});

Deno.test("runTransfers() proves an empty file too", async () => {
  await using fixture = await openFixture({ files: [{ path: "empty.txt", text: "" }] });
  const digest = { algorithm: "git-sha1", hex: "0".repeat(40) } as const;
  const { error } = await fixture.run([await fixture.task("empty.txt", { digest })]);
  assert.equal(error?.code, "CHECKSUM_MISMATCH");
  assert.deepEqual(fixture.hub.requests, []);
});

Deno.test("runTransfers() retries in the second round as patiently as in the first", async () => {
  let secondRound = false;
  const last = (request: Request) => request.headers.get("range")?.endsWith(`-${BIG.sizeBytes - 1}`) === true;
  const faults: Fault[] = [
    { times: 1, effect: CORRUPT },
    // A failure near the end: later ones with fewer bytes must not look like no progress.
    { when: last, times: 1, effect: { type: "cut", afterBytes: 100_000 } },
    { when: () => secondRound, effect: { type: "cut", afterBytes: 300_000 } },
  ];
  await using fixture = await openFixture({ files: [BIG], faults, clock: hastyClock(50) });
  const { error } = await fixture.run(await fixture.tasks(), {
    connections: 1,
    maxRetries: 2,
    onEvent: (event) => {
      secondRound ||= event.type === "retrying" && event.error.code === "CHECKSUM_MISMATCH";
    },
  });
  assert.equal(error, undefined);
  assert.ok(secondRound);
  assert.ok(await fixture.isRight(BIG.path));
});
