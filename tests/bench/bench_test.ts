/**
 * The measuring itself: small sizes, no figure is judged.
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { type BenchContext, ratioTargets, type Row } from "../../bench/case.ts";
import { CONTENDERS, OURS } from "../../bench/contenders.ts";
import { measure, median, runUntil } from "../../bench/measure.ts";
import { race } from "../../bench/race.ts";
import { openRelay } from "../../bench/relay.ts";
import { formatCase, formatTargets } from "../../bench/report.ts";
import { startServer } from "../../bench/server_process.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const SHELL = { ignore: Deno.build.os === "windows" };

function row(name: string, seconds: readonly number[]): Row {
  return {
    name,
    samples: seconds.map((wallSeconds) => ({ wallSeconds, cpuSeconds: 2, peakBytes: 1e6 })),
  };
}

Deno.test("median() is the middle, or half-way between the two middle ones", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

Deno.test("ratioTargets() divides medians, and leaves out who did not run", () => {
  const rows = [row(OURS, [1, 2, 9]), row("other", [4, 4, 5])];
  const targets = ratioTargets(rows, OURS, [
    { other: "other", limit: 0.4 },
    { other: "other", limit: 1.3, measure: "cpu" },
    { other: "missing", limit: 1 },
  ]);
  assert.deepEqual(targets.map(({ value, limit }) => [value, limit]), [[0.5, 0.4], [1, 1.3]]);
});

Deno.test("formatCase() and formatTargets() say of each promise whether it was kept", () => {
  const rows = [row("other", [4]), row(OURS, [2])];
  const targets = ratioTargets(rows, OURS, [{ other: "other", limit: 0.4 }, { other: "other", limit: 0.6 }]);
  const named = { name: "case", title: "A case", result: { rows, targets, bytes: 2 ** 30 } };
  const text = formatCase(named);
  assert.match(text, /^other +4\.000 s .* 0\.50 /m);
  assert.match(text, /MISSED time of mm \/ other: 0\.50 x \(target <= 0\.4 x\)/);
  assert.match(text, /ok +time of mm \/ other: 0\.50 x \(target <= 0\.6 x\)/);
  assert.equal(formatTargets([named]).split("\n").filter((line) => line.endsWith("[case]")).length, 2);
});

Deno.test({
  name: "measure() takes the time of a command and fails with what it said",
  ...SHELL,
}, async () => {
  const usage = await measure({ args: ["bash", "-c", "exit 0"] });
  assert.ok(usage.wallSeconds >= 0 && usage.cpuSeconds >= 0);
  await assert.rejects(measure({ args: ["bash", "-c", "echo broken; exit 3"] }), /ended with 3\n.*broken/s);
});

Deno.test({ name: "runUntil() kills what still runs, and says when nothing does", ...SHELL }, async () => {
  const started = await runUntil(
    { args: ["bash", "-c", "echo started; exec sleep 60"] },
    async (_, output) => {
      const reader = output.getReader();
      assert.equal(new TextDecoder().decode((await reader.read()).value), "started\n");
      reader.releaseLock();
    },
  );
  assert.equal(started.ranOn, true);
  const gone = await runUntil({ args: ["true"] }, async (ended) => {
    if (!ended.aborted) await new Promise((resolve) => ended.addEventListener("abort", resolve));
  });
  assert.equal(gone.ranOn, false);
});

Deno.test("openRelay() carries all bytes both ways through a small window, and the end of each", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const echo = (async () => {
    using connection = await listener.accept();
    for await (const chunk of connection.readable.values({ preventCancel: true })) {
      for (let sent = 0; sent < chunk.length;) sent += await connection.write(chunk.subarray(sent));
    }
    await connection.closeWrite();
  })().catch(() => {});
  using relay = openRelay({ port: listener.addr.port, roundTripMs: 2, windowBytes: 10_000 });
  using client = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  const writing = (async () => {
    for (let at = 0; at < sent.length;) at += await client.write(sent.subarray(at));
    await client.closeWrite();
  })();
  const received: number[] = [];
  const buffer = new Uint8Array(65_536);
  for (let count = await client.read(buffer); count !== null; count = await client.read(buffer)) {
    received.push(...buffer.subarray(0, count));
  }
  await writing;
  await echo;
  listener.close();
  assert.deepEqual(Uint8Array.from(received), sent);
});

Deno.test("race() has the program fetch from the server process and checks the bytes", async () => {
  await using dir = await makeTempDir();
  const context: BenchContext = {
    rounds: 1,
    quick: true,
    contenders: CONTENDERS.filter(({ name }) => name === OURS),
    directory: dir.path,
    say: () => {},
  };
  const repo = "bench/test";
  const files = [
    { path: join("folder", "small.json").replaceAll("\\", "/"), sizeBytes: 3000, storage: "git" as const },
    { path: "model.bin", sizeBytes: 3_000_000, storage: "lfs" as const },
  ];
  await using server = await startServer({ repos: [{ repo, files }], latencyMs: 2, roundTripMs: 2 });
  const [result] = await race(context, { server, repo });
  assert.equal(result?.name, OURS);
  assert.equal(result.samples.length, 1);
  // On a busy machine a lane that is late may be taken over from, and its bytes are on the way already.
  const { bytesServed = 0 } = result.samples[0] ?? {};
  assert.ok(bytesServed >= 3_003_000 && bytesServed < 3 * 3_003_000, `${bytesServed} bytes`);
});
