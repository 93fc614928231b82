/**
 * Faults that only a process of its own can meet: proxies and certificates are read from the variables of the process.
 * Also exit code, error and hints of a few rows of the fault table, as a person sees them.
 *
 * What users of other tools suffer from, and where it is tested ("table" is the fault table):
 *
 * | pain | tests |
 * |---|---|
 * | resume lost, 416 | `interruption_test.ts`, `crash_test.ts` (killed again and again); `engine_resume_test.ts`; table: "416", "ETag", "size" |
 * | no throttle | `rate_limiter_test.ts`; `engine_clock_test.ts` |
 * | stuck at 80–99 % | table: "one lane stalls", "never answers", "crawls"; `watchdog_test.ts`; `transfer_simulation_test.ts` |
 * | integrity | table: "bytes flipped"; `engine_mend_test.ts`; `repair_test.ts`; `mirror_test.ts` (wrong mirror) |
 * | disk | `disk_test.ts` (full in the middle, read-only, gone); `refusal_test.ts` (exit 8 and 12 before the first byte) |
 * | cache bloat | `cleanup_test.ts`; `library_test.ts` (one quant removed) |
 * | locks, network file systems | `processes_test.ts`; `file_lock_test.ts`; `lock_owner_test.ts`; `mount_table_test.ts` |
 * | Windows without links | `library/publish_test.ts`: files are renamed into their place, where no link can be made too |
 * | 429 | table: "429 …", "two connections allowed …"; `refusal_test.ts` (waits, says so; exit 7); `rate_limit_test.ts`; `engine_limits_test.ts` |
 * | one signed address for all ranges | table: "signed URL expired, once for all lanes" (counts the questions) |
 * | gated, token | `refusal_test.ts`; `hub/errors_test.ts`; `hostile_test.ts` (the token goes to the Hub only) |
 * | mirrors | `mirror_test.ts`; `hub/mirrors_test.ts`; table: "… the mirror's …", "Range ignored", "no Content-Length" |
 * | mmproj, shards | `pull_test.ts` |
 * | include trap | `pull_test.ts` (patterns); `refusal_test.ts` (exit 3 for one that matches nothing) |
 * | automation | `pull_test.ts` (`--json`, `--events`); `refusal_test.ts` (`error` documents) |
 * | Ctrl+C | `interruption_test.ts` (130 within a second, twice, SIGTERM) |
 * | update | `update_test.ts` (by content, not by commit) |
 * | pause across restarts and sleep | `queue_test.ts`; `engine_clock_test.ts` (clock jumps, a machine that slept) |
 * | proxies, own certificates | `proxy_test.ts`; `doctor_test.ts`; this file |
 *
 * @module
 */
import { match, ok, strictEqual } from "node:assert/strict";
import { startForwardProxy } from "../core/http/loopback_proxy.ts";
import { LARGE, LARGE_PATH, startE2eHub } from "../support/e2e_hub.ts";
import { deadEndpoint, type Fault, requestsFor } from "../support/faults.ts";
import { openSandbox } from "../support/run_program.ts";

const RETRY_ONCE = JSON.stringify({ download: { max_retries: 1 } });

Deno.test("mm pull names the proxy that dies under its threads, and goes on when it is back", async () => {
  await using hub = await startE2eHub();
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  await box.write("config/model-manager/config.json", RETRY_ONCE);
  const dead = new URL(deadEndpoint()).host;
  // Only the endpoint is reached directly: it is the threads that need the proxy.
  const env = { HTTP_PROXY: `http://ada:pr0xyS3cret@${dead}`, NO_PROXY: "127.0.0.1" };
  const failed = await box.run(["pull", LARGE], { env });
  strictEqual(failed.code, 6, failed.stderr);
  match(
    failed.stderr,
    new RegExp(
      `^error: Cannot download "${LARGE_PATH}": gave up after \\d attempts? over .*"localhost:\\d+": the proxy "${dead}" cannot be reached`,
      "m",
    ),
  );
  match(failed.stderr, /^hint: .*HTTP_PROXY.*NO_PROXY=localhost/m);
  ok(!failed.stderr.includes("pr0xyS3cret"));

  await using proxy = startForwardProxy({ credentials: { user: "ada", password: "another" } });
  const refused = await box.run(["pull", LARGE], {
    env: { HTTP_PROXY: `http://ada:pr0xyS3cret@${proxy.host}`, NO_PROXY: "127.0.0.1" },
  });
  strictEqual(refused.code, 6, refused.stderr);
  match(
    refused.stderr,
    new RegExp(`the proxy "${proxy.host}" wants a user name and a password that it knows`),
  );
  match(refused.stderr, /^hint: .*HTTP_PROXY: USER:PASSWORD@/m);

  const direct = await box.run(["pull", LARGE]);
  strictEqual(direct.code, 0, direct.stderr);
});

/** A fault of the file host, the exit code, and what is said. */
const ROWS: readonly (readonly [effect: Fault["effect"], code: number, message: RegExp, hint: RegExp])[] = [
  [
    { type: "status", status: 502 },
    6,
    /gave up after 2 attempts over [\d.]+ s without progress: "localhost:\d+" answered 502/,
    /Run the same command again: what has arrived is kept/,
  ],
  [
    { type: "status", status: 503, headers: { "retry-after": "7200" } },
    6,
    /answered 503 and asks to wait 2 h, longer than the 15 min/,
    /again in 2 h/,
  ],
  [
    { type: "status", status: 429, headers: { "retry-after": "7200" } },
    7,
    /answered 429 and asks to wait/,
    /again in/,
  ],
  [{ type: "status", status: 403 }, 4, /"localhost:\d+" answered 403/, /Run the same command again/],
  [{ type: "status", status: 404 }, 3, /"localhost:\d+" answered 404/, /Run the same command again/],
  [{ type: "cut", afterBytes: 0 }, 6, /gave up after 2 attempts/, /what has arrived is kept/],
];

Deno.test("mm pull ends with the code that the fault has in every list of exit codes, and says what to do", async () => {
  await Promise.all(ROWS.map(async ([effect, code, message, hint]) => {
    await using hub = await startE2eHub({ fileHostFaults: [{ when: requestsFor(LARGE_PATH), effect }] });
    await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
    await box.write("config/model-manager/config.json", RETRY_ONCE);
    const failed = await box.run(["pull", LARGE]);
    strictEqual(failed.code, code, failed.stderr);
    match(failed.stderr, message);
    match(failed.stderr, new RegExp(`^hint: .*${hint.source}`, "m"));
    strictEqual(failed.stdout, "");
  }));
});

Deno.test("mm pull says which name cannot be resolved, and to check it", async () => {
  await using box = await openSandbox({ HF_ENDPOINT: "http://hub.invalid" });
  await box.write("config/model-manager/config.json", RETRY_ONCE);
  const failed = await box.run(["pull", LARGE]);
  strictEqual(failed.code, 6, failed.stderr);
  match(failed.stderr, /"hub\.invalid"[^]*its name cannot be resolved/);
  match(failed.stderr, /^hint: Check the name for typing mistakes and the DNS settings/m);
});
