import assert from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import { causeMessages } from "../../../core/base/errors.ts";
import { deadEndpoint, type Fault, requestsFor, withFaults } from "../../support/faults.ts";
import { type EngineFixture, eventsOf, hastyClock, MIB, openFixture, stagePrefix } from "./engine_fixture.ts";

const PATH = "a.gguf";
const SIZE = 6 * MIB + 5;
const BIG = { path: PATH, sizeBytes: SIZE };
const SMALL = { path: "small.gguf", sizeBytes: 500_000 };
/** Waits of seconds pass in hundredths. */
const HASTY = hastyClock(50);

function open(
  faults: readonly Fault[],
  options: Partial<Parameters<typeof openFixture>[0]> = {},
): Promise<EngineFixture> {
  return openFixture({ files: [BIG], faults, clock: HASTY, ...options });
}

/** All that a person could get to see of an error. */
function textOf(error: ModelManagerError | undefined): string {
  return [error?.message, ...(error?.hints ?? []), ...causeMessages(error)].join("\n");
}

function getCount(fixture: EngineFixture, path = PATH): number {
  return fixture.hub.fileRequests(path).filter((request) => request.method === "GET").length;
}

Deno.test("runTransfers() gets there when every connection breaks off", async () => {
  await using fixture = await open([{ effect: { type: "cut", afterBytes: 400_000 } }]);
  const result = await fixture.run(await fixture.tasks());
  assert.equal(result.error, undefined);
  assert.ok(await fixture.isRight(PATH));
  const [outcome] = result.outcomes ?? [];
  assert.ok((outcome?.retries ?? 0) > 0);
  assert.ok((outcome?.bytesFetched ?? 0) < SIZE + MIB, "what arrived is not fetched again");
  const attempts = eventsOf(result, "retrying").map((event) => event.attempt);
  assert.ok(attempts.filter((attempt) => attempt === 1).length > 1, "progress begins the count anew");
});

Deno.test("runTransfers() fetches a small file again from its start when its body ends early", async () => {
  await using fixture = await open([{ times: 2, effect: { type: "cut", afterBytes: 300_000 } }], {
    files: [SMALL],
  });
  const { outcomes } = await fixture.run(await fixture.tasks());
  assert.ok(await fixture.isRight(SMALL.path));
  assert.equal(outcomes?.[0]?.retries, 2);
  assert.equal(getCount(fixture, SMALL.path), 3);
});

const STALLS = [{ type: "stall", afterBytes: 100_000 }, { type: "hang" }] as const;

Deno.test("runTransfers() fetches the rest of a lane that stands still over a free one", async () => {
  for (const effect of STALLS) {
    await using fixture = await open([{ skip: 1, times: 1, effect }]);
    const result = await fixture.run(await fixture.tasks(), { stallTimeoutMs: 1e9, timeoutMs: 1e9 });
    assert.ok(await fixture.isRight(PATH), effect.type);
    assert.equal(eventsOf(result, "retrying").length, 0, "that is no failure");
  }
});

Deno.test("runTransfers() tries again when its only lane stands still", async () => {
  for (const effect of STALLS) {
    await using fixture = await open([{ skip: 1, times: 1, effect }]);
    const result = await fixture.run(await fixture.tasks(), { connections: 1, stallTimeoutMs: 10_000 });
    assert.ok(await fixture.isRight(PATH), effect.type);
    const messages = new Set(eventsOf(result, "retrying").map((event) => event.error.message));
    assert.deepEqual([...messages], ["No byte arrived for 10 s"]);
  }
});

Deno.test("runTransfers() makes do with the connections that a server allows", async () => {
  let busy = 0;
  let refused = 0;
  const isFile = requestsFor(PATH);
  const slow: Fault = { effect: { type: "slow", bytesPerSecond: 4 * MIB } };
  await using fixture = await open([], {
    // A pause has to be long beside the time that bytes take.
    clock: hastyClock(2),
    hub: {
      wrapFileHost: (handler) => async (request) => {
        if (busy >= 2 && isFile(request)) {
          refused++;
          return new Response("Too many connections", { status: 403 });
        }
        busy++;
        const { body, status, headers } = await withFaults(handler, [slow])(request);
        const done = () => {
          busy--;
        };
        const counted = body?.pipeThrough(new TransformStream({ flush: done, cancel: done })) ?? null;
        return new Response(counted, { status, headers });
      },
    },
  });
  const { error } = await fixture.run(await fixture.tasks(), { connections: 4 });
  assert.equal(error, undefined);
  assert.ok(await fixture.isRight(PATH));
  assert.ok(refused > 0 && refused < 25, `${refused} requests were refused`);
});

Deno.test("runTransfers() asks once for a new location when the old one expires under all lanes", async () => {
  let gets = 0;
  let located = () => 0;
  const isFile = requestsFor(PATH);
  // Three requests go through; then every one fails until the place was asked for again.
  const when = (request: Request) => isFile(request) && ++gets > 3 && located() < 2;
  await using fixture = await open([{ when, effect: { type: "expired" } }]);
  located = () => fixture.located.get(PATH) ?? 0;
  const result = await fixture.run(await fixture.tasks());
  assert.ok(await fixture.isRight(PATH));
  assert.equal(fixture.located.get(PATH), 2);
  assert.equal(eventsOf(result, "retrying").length, 0, "that is no failure");
});

Deno.test("runTransfers() gives up when a new location is refused too", async () => {
  for (
    const [status, code] of [[403, "AUTHENTICATION_ERROR"], [404, "NOT_FOUND"], [
      416,
      "NETWORK_ERROR",
    ]] as const
  ) {
    await using fixture = await open([{ effect: { type: "status", status } }]);
    const result = await fixture.run(await fixture.tasks());
    assert.equal(result.error?.code, code);
    assert.match(textOf(result.error), new RegExp(`"${PATH}"[^]*answered ${status}`));
    assert.ok((fixture.located.get(PATH) ?? 0) <= 3, "not over and over");
    assert.equal(eventsOf(result, "failed").length, 1);
  }
  await using fixture = await open([{ effect: { type: "status", status: 403 } }]);
  await fixture.run(await fixture.tasks(), { connections: 1 });
  assert.equal(fixture.located.get(PATH), 2, "a lane on its own knows at once");
});

Deno.test("runTransfers() waits as long as a rate limit says, and says so", async () => {
  const times: number[] = [];
  const isFile = requestsFor(PATH);
  const when = (request: Request) => isFile(request) && times.push(HASTY.monotonic()) > 0;
  await using fixture = await open([{
    when,
    skip: 1,
    times: 1,
    effect: { type: "rate-limit", resetSeconds: 4 },
  }]);
  const startedAt = Date.now();
  const result = await fixture.run(await fixture.tasks(), { connections: 1 });
  assert.ok(await fixture.isRight(PATH));
  const [first, limited, next] = times;
  assert.ok(first !== undefined && limited !== undefined && next !== undefined);
  assert.ok(next - limited >= 5000, `asked again after ${next - limited} ms`);
  const [waiting, ...others] = eventsOf(result, "waiting");
  assert.equal(others.length, 0);
  assert.equal(waiting?.reason, "rate-limit");
  assert.match(waiting?.message ?? "", /5 s/);
  const untilMs = (waiting?.until ?? 0) - startedAt;
  assert.ok(untilMs >= 5000 && untilMs < 60_000, `${untilMs}`);
});

Deno.test("runTransfers() sends all lanes away with one message", async () => {
  const faults: Fault[] = [{ times: 4, effect: { type: "rate-limit", resetSeconds: 2 } }];
  await using fixture = await open(faults, { clock: hastyClock(10) });
  const result = await fixture.run(await fixture.tasks());
  assert.ok(await fixture.isRight(PATH));
  assert.equal(eventsOf(result, "waiting").length, 1);
  assert.equal(result.outcomes?.[0]?.retries, 1);
});

Deno.test("runTransfers() fails with RATE_LIMITED when the limit never ends", async () => {
  await using fixture = await open([{ effect: { type: "rate-limit", resetSeconds: 1 } }]);
  const { error } = await fixture.run(await fixture.tasks(), { maxRetries: 2 });
  assert.equal(error?.code, "RATE_LIMITED");
});

Deno.test("runTransfers() tries again while a server is busy", async () => {
  await using fixture = await open([{ times: 6, effect: { type: "status", status: 503 } }]);
  const result = await fixture.run(await fixture.tasks(), { connections: 2, maxRetries: 10 });
  assert.ok(await fixture.isRight(PATH));
  const retrying = eventsOf(result, "retrying");
  assert.ok(retrying.length >= 3 && retrying.length <= 6, `${retrying.length} retries`);
  for (const { error } of retrying) assert.match(error.message, /^"localhost:\d+" answered 503$/);
});

Deno.test("runTransfers() waits as long as a busy server asks", async () => {
  const effect = { type: "status", status: 503, headers: { "retry-after": "9" } } as const;
  await using fixture = await open([{ times: 1, effect }]);
  const result = await fixture.run(await fixture.tasks(), { connections: 1 });
  assert.ok(await fixture.isRight(PATH));
  assert.deepEqual(eventsOf(result, "retrying").map((event) => event.delayMs), [9000]);
});

Deno.test("runTransfers() gives up on a server that stays away, and says how often and why", async () => {
  await using fixture = await open([]);
  const nowhere = { url: `${deadEndpoint()}/a.gguf?Signature=secret`, headers: {} };
  const task = await fixture.task(PATH);
  const result = await fixture.run([{
    ...task,
    source: { ...task.source, locate: () => Promise.resolve(nowhere) },
  }], {
    maxRetries: 3,
  });
  assert.equal(result.error?.code, "NETWORK_ERROR");
  assert.match(
    result.error?.message ?? "",
    /"a\.gguf": gave up after 4 attempts over [\d.]+ s without progress: cannot reach "127\.0\.0\.1:\d+": the/,
  );
  assert.ok(causeMessages(result.error).length >= 1, "the system's own reason is the cause");
  assert.doesNotMatch(JSON.stringify(result.events) + textOf(result.error), /secret/);
  assert.deepEqual(eventsOf(result, "retrying").map((event) => event.attempt), [1, 2, 3]);
  assert.equal(eventsOf(result, "failed").length, 1);
});

Deno.test("runTransfers() gives up on a file without progress, however many retries are left", async () => {
  await using fixture = await open([{ effect: { type: "hang" } }]);
  const { error } = await fixture.run(await fixture.tasks(), {
    timeoutMs: 20_000,
    stallTimeoutMs: 3_000,
    maxRetries: 1000,
  });
  assert.equal(error?.code, "NETWORK_ERROR");
  assert.match(error?.message ?? "", /over 20 s/);
});

Deno.test("runTransfers() passes on why a file has no place", async () => {
  await using fixture = await open([]);
  const task = await fixture.task(PATH);
  const locate = () => Promise.reject(new TypeError("The Hub is on fire"));
  const run = fixture.run([{ ...task, source: { ...task.source, locate } }]);
  await assert.rejects(run, /on fire/);
});

Deno.test("runTransfers() takes one stream from a server without ranges", async () => {
  await using fixture = await open([{ effect: { type: "ignore-range" } }]);
  const { outcomes } = await fixture.run(await fixture.tasks());
  assert.ok(await fixture.isRight(PATH));
  assert.equal(outcomes?.[0]?.retries, 0);
});

Deno.test("runTransfers() begins anew when a server without ranges has only the rest to send", async () => {
  await using fixture = await open([{ effect: { type: "ignore-range" } }]);
  const task = await stagePrefix(fixture, PATH, 4 * MIB);
  const result = await fixture.run([task]);
  assert.ok(await fixture.isRight(PATH));
  assert.equal(result.outcomes?.[0]?.bytesResumed, 0, "nothing of it was saved");
  const said = eventsOf(result, "retrying").map(({ error }) => error.message);
  assert.equal(said.length, 1);
  assert.match(
    said[0] ?? "",
    /sent the whole file instead of a part of it: fetching it from its start over one/,
  );
});

Deno.test("runTransfers() says once that a server sends no parts, however many lanes find out", async () => {
  await using fixture = await open([{ effect: { type: "ignore-range" } }]);
  const result = await fixture.run([await stagePrefix(fixture, PATH, MIB)]);
  assert.ok(await fixture.isRight(PATH));
  assert.equal(eventsOf(result, "retrying").length, 1);
});

Deno.test("runTransfers() uses all lanes again when a server has ignored a range only once", async () => {
  // One connection crawls: alone, it would take minutes.
  await using fixture = await open([
    { times: 1, effect: { type: "ignore-range" } },
    { skip: 3, times: 1, effect: { type: "slow", bytesPerSecond: 30_000 } },
  ]);
  const result = await fixture.run(await fixture.tasks());
  assert.equal(result.error, undefined);
  assert.ok(await fixture.isRight(PATH));
});

Deno.test("runTransfers() gives up on a server without ranges that never sends the whole file", async () => {
  const isFile = requestsFor(PATH);
  await using fixture = await open([], {
    hub: {
      wrapFileHost: (handler) => async (request) => {
        if (!isFile(request)) return await handler(request);
        const response = await handler(new Request(request.url));
        const bytes = new Uint8Array(await response.arrayBuffer());
        const half = new ReadableStream({
          start: (controller) => {
            controller.enqueue(bytes.subarray(0, SIZE / 2));
            controller.error(new Error("gone"));
          },
        });
        return new Response(half, { headers: { "content-length": String(SIZE) } });
      },
      onError: () => {},
    },
  });
  const { error } = await fixture.run(await fixture.tasks(), { maxRetries: 2 });
  assert.equal(error?.code, "NETWORK_ERROR");
});

Deno.test("runTransfers() does not take a sign-in page for the file, and keeps what is there", async () => {
  await using fixture = await open([{ times: 2, effect: { type: "html" } }]);
  const task = await stagePrefix(fixture, PATH, 4 * MIB);
  const result = await fixture.run([task], { connections: 1 });
  assert.ok(await fixture.isRight(PATH));
  assert.equal(result.outcomes?.[0]?.bytesResumed, 4 * MIB);
  assert.equal(eventsOf(result, "retrying").length, 2);
  await using small = await open([{ times: 1, effect: { type: "html" } }], { files: [SMALL] });
  await small.run(await small.tasks());
  assert.ok(await small.isRight(SMALL.path));
});

Deno.test("runTransfers() refuses a part that is not the one it asked for", async () => {
  const wrong = (value: string | undefined): Fault["effect"] => ({ type: "content-range", value });
  await using fixture = await open([
    { times: 1, effect: wrong(`bytes 0-9/${SIZE}`) },
    { times: 1, effect: wrong(undefined) },
    { times: 1, effect: wrong("bytes */5") },
  ]);
  const result = await fixture.run(await fixture.tasks(), { connections: 1 });
  assert.ok(await fixture.isRight(PATH));
  assert.equal(result.outcomes?.[0]?.retries, 3);

  await using stubborn = await open([{ effect: wrong(`bytes 0-9/${SIZE}`) }]);
  const { error } = await stubborn.run(await stubborn.tasks(), { maxRetries: 1 });
  assert.equal(error?.code, "NETWORK_ERROR");
  assert.match(textOf(error), /answered with the range "bytes 0-9/);
});

Deno.test("runTransfers() goes on with the other files' bytes when one file has to wait", async () => {
  const other = { path: "b.gguf", sizeBytes: 3 * MIB };
  const busy = { when: requestsFor(PATH), times: 3, effect: { type: "status", status: 503 } as const };
  await using fixture = await open([busy], { files: [BIG, other] });
  await fixture.run(await fixture.tasks(), { connections: 1 });
  assert.ok(await fixture.isRight(PATH));
  assert.ok(await fixture.isRight(other.path));
});

const tagged = (etag: string): Fault["effect"] => ({ type: "headers", headers: { etag } });

Deno.test("runTransfers() begins a file anew that changes on the server, says so, and leaves the others", async () => {
  const other = { path: "b.gguf", sizeBytes: 3 * MIB };
  const when = requestsFor(PATH);
  await using fixture = await open([
    { when, times: 1, effect: tagged('"old"') },
    { when, effect: tagged('"new"') },
  ], { files: [BIG, other] });
  const result = await fixture.run(await fixture.tasks(), { connections: 2 });
  assert.equal(result.error, undefined);
  assert.ok(await fixture.isRight(PATH));
  assert.ok(await fixture.isRight(other.path));
  const [retrying, ...more] = eventsOf(result, "retrying");
  assert.equal(more.length, 0);
  assert.equal(retrying?.file, PATH);
  const changed = /^"a\.gguf" has changed on the server: its ETag was "(?:old|new)" and is "(?:old|new)"$/;
  assert.match(retrying?.error.message ?? "", changed);
  assert.equal(fixture.located.get(PATH), 2, "its place was asked for again");
  assert.equal(fixture.located.get(other.path), 1);
  assert.equal(result.outcomes?.[1]?.bytesFetched, other.sizeBytes);
});

Deno.test("runTransfers() lets the digest decide when every reply has another tag", async () => {
  let count = 0;
  const faults = Array.from({ length: 40 }, (): Fault => ({ times: 1, effect: tagged(`"${count++}"`) }));
  await using fixture = await open(faults);
  const task = await stagePrefix(fixture, PATH, 2 * MIB);
  const result = await fixture.run([task]);
  assert.ok(await fixture.isRight(PATH));
  assert.equal(eventsOf(result, "retrying").length, 2);
  assert.equal(result.outcomes?.[0]?.bytesResumed, 2 * MIB, "what an earlier run left is not in doubt");
});

Deno.test("runTransfers() asks again for the place of a file that has another size, and keeps what it has", async () => {
  const effect: Fault["effect"] = { type: "total", sizeBytes: SIZE + 9 };
  await using fixture = await open([{ skip: 1, times: 1, effect }]);
  const result = await fixture.run(await fixture.tasks(), { connections: 2 });
  assert.ok(await fixture.isRight(PATH));
  assert.equal(result.outcomes?.[0]?.bytesFetched, SIZE);
  assert.equal(fixture.located.get(PATH), 2);
  assert.match(
    eventsOf(result, "retrying")[0]?.error.message ?? "",
    /^"a\.gguf" has changed on the server: "localhost:\d+" has a file of 6291470 bytes in its place: wanted 6291461$/,
  );
});

Deno.test("runTransfers() waits for a busy server for longer than a file may be without progress", async () => {
  const effect = { type: "status", status: 503, headers: { "retry-after": "40" } } as const;
  await using fixture = await open([{ times: 1, effect }]);
  const result = await fixture.run(await fixture.tasks(), { timeoutMs: 10_000, connections: 1 });
  assert.equal(result.error, undefined);
  assert.deepEqual(eventsOf(result, "retrying").map(({ delayMs }) => delayMs), [40_000]);
});

Deno.test("runTransfers() fails at once when a server wants to be left alone until tomorrow", async () => {
  for (const [status, code] of [[503, "NETWORK_ERROR"], [429, "RATE_LIMITED"]] as const) {
    const effect = { type: "status", status, headers: { "retry-after": "86000" } } as const;
    await using fixture = await open([{ effect }]);
    const { error } = await fixture.run(await fixture.tasks(), { connections: 1 });
    assert.equal(error?.code, code);
    assert.match(textOf(error), /asks to wait 24 h, longer than the 15 min/);
    assert.match(textOf(error), /Run the same command again in 24 h/);
    assert.equal(getCount(fixture), 1);
  }
});

Deno.test("runTransfers() says what went wrong last when a file stands still for too long", async () => {
  await using fixture = await open([{ effect: { type: "status", status: 502 } }]);
  const result = await fixture.run(await fixture.tasks(), { timeoutMs: 3_000, maxRetries: 1000 });
  assert.match(
    result.error?.message ?? "",
    /gave up after \d+ attempts over 3\.0 s without progress: "localhost:\d+" answered 502$/,
  );
});

/** The task with places on a host where nobody is, as long as no other is wanted. */
async function taskOnDeadHost(fixture: EngineFixture, asked: (readonly string[])[]) {
  const dead = deadEndpoint();
  const { source, ...others } = await fixture.task(PATH);
  const locate: typeof source.locate = async (how) => {
    asked.push(how.unreachable ?? []);
    const place = await source.locate(how);
    if (how.unreachable?.includes(dead)) return place;
    return { ...place, url: place.url.replace(/^http:..[^/]*/, dead) };
  };
  return { ...others, source: { ...source, hasMirrors: true, locate } };
}

Deno.test("runTransfers() moves to another host when one cannot be reached, also when nothing is tried twice", async () => {
  for (const maxRetries of [0, 5]) {
    const asked: (readonly string[])[] = [];
    await using fixture = await open([]);
    const result = await fixture.run([await taskOnDeadHost(fixture, asked)], { maxRetries });
    assert.equal(result.error, undefined, textOf(result.error));
    assert.ok(await fixture.isRight(PATH));
    assert.deepEqual(asked.map(({ length }) => length), [0, 1]);
  }
});

Deno.test("runTransfers() asks no other host for a file that is missing or wrong", async () => {
  for (const effect of [{ type: "status", status: 404 }, { type: "corrupt", position: 5 }] as const) {
    const asked: (readonly string[])[] = [];
    await using fixture = await open([{ effect }]);
    const { source, ...others } = await fixture.task(PATH);
    const locate: typeof source.locate = (how) => {
      asked.push(how.unreachable ?? []);
      return source.locate(how);
    };
    const { error } = await fixture.run([{ ...others, source: { ...source, hasMirrors: true, locate } }]);
    assert.equal(error?.code, effect.type === "corrupt" ? "CHECKSUM_MISMATCH" : "NOT_FOUND");
    assert.deepEqual(asked.filter(({ length }) => length > 0), []);
  }
});

Deno.test("runTransfers() begins the next large file while one has to wait for a busy server", async () => {
  const other = { path: "b.gguf", sizeBytes: 3 * MIB };
  const effect = { type: "status", status: 503, headers: { "retry-after": "60" } } as const;
  await using fixture = await open([{ when: requestsFor(PATH), times: 1, effect }], { files: [BIG, other] });
  const result = await fixture.run(await fixture.tasks(), { connections: 1 });
  assert.equal(result.error, undefined);
  assert.deepEqual(eventsOf(result, "finished").map(({ file }) => file), [other.path, PATH]);
});
