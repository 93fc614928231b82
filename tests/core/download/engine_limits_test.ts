/**
 * Hosts that allow only so many connections at once, whatever they say to those that are too many.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Fault, requestsFor } from "../../support/faults.ts";
import { hastyClock, MIB, openFixture } from "./engine_fixture.ts";

const FILES = [
  { path: "a.gguf", sizeBytes: 3 * MIB + 5 },
  { path: "b.gguf", sizeBytes: 2 * MIB + 7 },
  { path: "c.gguf", sizeBytes: 2 * MIB },
  { path: "small.gguf", sizeBytes: 200_000 },
  { path: "tiny.gguf", sizeBytes: 300 },
];
/** Waits pass quickly, but are long beside the time that bytes take. */
const CLOCK = hastyClock(5);

for (const status of [403, 429, 503]) {
  Deno.test(`runTransfers() makes do with the connections that a host allows for all files, and refuses with ${status}`, async () => {
    for (const most of [1, 2, 3]) {
      let asked = 0;
      const gate: Fault = {
        when: ({ method }) => method === "GET" && ++asked > 0,
        effect: { type: "connections", most, status, bytesPerSecond: 6 * MIB },
      };
      await using fixture = await openFixture({ files: FILES, clock: CLOCK, faults: [gate] });
      // A busy machine may be late to free a connection: these are for that.
      const result = await fixture.run(await fixture.tasks(), { connections: 6, maxRetries: 20 });
      assert.equal(result.error, undefined, `${most}: ${result.error?.message}`);
      for (const { path } of FILES) assert.ok(await fixture.isRight(path), path);
      assert.ok(asked < 90, `${most}: ${asked} requests were made`);
    }
  });
}

Deno.test("runTransfers() gives up on a file that is refused although its host has connections left", async () => {
  for (const [status, code] of [[403, "AUTHENTICATION_ERROR"], [503, "NETWORK_ERROR"]] as const) {
    const refused: Fault = { when: requestsFor("b.gguf"), effect: { type: "status", status } };
    const slow: Fault = { effect: { type: "slow", bytesPerSecond: 2 * MIB } };
    await using fixture = await openFixture({ files: FILES, clock: CLOCK, faults: [refused, slow] });
    const { error } = await fixture.run(await fixture.tasks(), { connections: 4, maxRetries: 2 });
    assert.equal(error?.code, code, error?.message);
    assert.match(error?.message ?? "", new RegExp(`"b\\.gguf".*answered ${status}`));
  }
});
