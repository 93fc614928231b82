/**
 * The terminal UI when something goes wrong, or when somebody leaves in the middle: what is shown, what is kept, and how
 * the terminal is left.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobRecord } from "../../core/operations/model_manager.ts";
import { systemClock } from "../../core/base/clock.ts";
import type { HttpHandler } from "../../core/platform/listen.ts";
import { findLockHolder } from "../../core/platform/lock_state.ts";
import { openDaemonBox } from "../support/daemon_box.ts";
import {
  type E2eHub,
  LARGE,
  LARGE_BYTES,
  LARGE_PATH,
  sha256,
  startE2eHub,
  TINY,
} from "../support/e2e_hub.ts";
import { openQueueBox, ownerLockPath } from "../support/queue_box.ts";
import { exists, filesBelow, readDocument, type Sandbox, waitUntil } from "../support/run_program.ts";
import { openScreen, TMUX_NOTE, type TmuxScreen } from "../support/tmux.ts";
import { checkRestored, checkScreen } from "../support/tui_checks.ts";

const USUAL = { columns: 100, rows: 30 };
const UNICODE = { LANG: "C.UTF-8" };
/** The large file would take 30 seconds. */
const SLOW_BYTES_PER_SECOND = 800_000;
/** One connection: no lane takes bytes over from another, so that bytes can be counted. */
const EXACTLY = JSON.stringify({ download: { connections: 1 } });
/** What was on its way when it was stopped is fetched again: at most so much of it. */
const LOST_BYTES = 500_000;

/** A test that needs a terminal; without tmux it passes, and its name says so. */
function testOnScreen(name: string, work: () => Promise<void>): void {
  Deno.test(`${name}${TMUX_NOTE}`, async () => {
    if (TMUX_NOTE === "") await work();
  });
}

/** What is between the file host and us. */
interface Line {
  isSlow: boolean;
  isCut: boolean;
}

const slowLine = (): Line => ({ isSlow: true, isCut: false });

/** Lets answers come as the line is at that moment; when it is cut, each of them breaks off. */
function over(line: Line): (handler: HttpHandler) => HttpHandler {
  return (handler) => async (request) => {
    const response = await handler(request);
    const body = response.body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>(
        {
          async transform(piece, controller) {
            if (line.isSlow) await systemClock.sleep(piece.length * 1000 / SLOW_BYTES_PER_SECOND);
            if (line.isCut) controller.error(new Error("The line is cut"));
            else controller.enqueue(piece);
          },
        },
        undefined,
        { highWaterMark: 0 },
      ),
    );
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

/** Opens the details of the large model, downloads it over a crawling line, and looks at the download. */
async function startLarge(box: Sandbox): Promise<TmuxScreen> {
  await box.write("config/model-manager/config.json", EXACTLY);
  const screen = await openScreen(box, ["tui", LARGE], { ...USUAL, env: UNICODE });
  await screen.waitFor("the quant", /› Q4_K_M/);
  await screen.press("d");
  await screen.waitFor("the question", /Download Q4_K_M of acme\/large-GGUF\?/);
  await screen.press("Enter", "3");
  await screen.waitFor("the download to run", /large-Q4_K_M\.gguf +█*░+ +[1-9]\d* %/);
  return screen;
}

async function largeJob(box: Sandbox): Promise<JobRecord> {
  const { jobs } = readDocument<{ jobs: JobRecord[] }>(await box.run(["queue", "list", "--json"]));
  const [job] = jobs;
  ok(job !== undefined && jobs.length === 1, JSON.stringify(jobs));
  return job;
}

/** Lets the queue go on at full speed, and checks that what was fetched before was kept. */
async function checkResumes(hub: E2eHub, box: Sandbox, line: Line): Promise<void> {
  const { status, bytesReceived } = await largeJob(box);
  strictEqual(status, "pending");
  strictEqual(await findLockHolder(ownerLockPath(box)), undefined, "somebody still works the queue");
  const before = hub.bodyBytes();
  ok(bytesReceived > 0 && bytesReceived <= before, `${bytesReceived} of ${before}`);
  line.isSlow = false;
  const run = await box.run(["queue", "run"]);
  strictEqual(run.code, 0, run.stderr);
  ok(hub.bodyBytes() - LARGE_BYTES < LOST_BYTES, `${hub.bodyBytes()} bytes for ${LARGE_BYTES}`);
  await checkLarge(hub, box);
}

async function checkLarge(hub: E2eHub, box: Sandbox): Promise<void> {
  strictEqual(
    sha256(await readFile(join(box.modelsDir, LARGE, LARGE_PATH))),
    await hub.sha256(LARGE, LARGE_PATH),
  );
}

/** Waits for the whole file, whoever fetches it. */
async function checkCompletes(hub: E2eHub, box: Sandbox): Promise<void> {
  await waitUntil("the file is there", () => exists(join(box.modelsDir, LARGE, LARGE_PATH)));
  await waitUntil("it is completed", async () => (await largeJob(box)).status === "completed");
  await checkLarge(hub, box);
}

const RESUME = /^hint: What has been fetched is kept\. Resume: mm queue run$/m;

testOnScreen("q while something downloads asks; cancel stays, stop keeps what was fetched", async () => {
  const line = slowLine();
  await using hub = await startE2eHub({ wrapFileHost: over(line) });
  await using box = await openQueueBox(hub);
  await using screen = await startLarge(box);
  await screen.press("q");
  const question = await screen.waitFor("the question", /Leave while downloads run here\?/);
  match(question, /1 download running here\.[^]*Stop +Keep in background +\[Cancel\]/);
  checkScreen(question, USUAL);
  // Enter stays here, and so does Escape.
  await screen.press("Enter");
  await screen.waitFor("the downloads", /^This program works the queue/m);
  await screen.press("q");
  await screen.waitFor("the question again", /Leave while downloads run here\?/);
  await screen.press("Escape");
  await screen.waitFor("the downloads", /^This program works the queue/m);
  await screen.press("q");
  await screen.waitFor("the question once more", /Leave while downloads run here\?/);
  await screen.press("s");
  const { screen: last } = await checkRestored(screen, 0);
  match(last, RESUME);
  await checkResumes(hub, box, line);
});

testOnScreen("a download that is kept in the background goes on without the terminal", async () => {
  const line = slowLine();
  await using hub = await startE2eHub({ wrapFileHost: over(line) });
  await using box = await openQueueBox(hub);
  await using screen = await startLarge(box);
  await screen.press("q");
  await screen.waitFor("the question", /Leave while downloads run here\?/);
  await screen.press("k");
  const { screen: last } = await checkRestored(screen, 0);
  match(last, /^Downloading in the background\n/);
  const owner = await findLockHolder(ownerLockPath(box));
  ok(owner !== undefined && owner.pid !== screen.pid, "nobody works the queue");
  strictEqual((await largeJob(box)).status, "downloading");
  line.isSlow = false;
  await checkCompletes(hub, box);
  ok(hub.bodyBytes() - LARGE_BYTES < LOST_BYTES, `${hub.bodyBytes()} bytes for ${LARGE_BYTES}`);
});

testOnScreen("Ctrl+C leaves at once, puts the terminal back, and says how to go on", async () => {
  const line = slowLine();
  await using hub = await startE2eHub({ wrapFileHost: over(line) });
  await using box = await openQueueBox(hub);
  await using screen = await startLarge(box);
  await screen.press("C-c");
  const { screen: last } = await checkRestored(screen, 130);
  match(last, RESUME);
  await checkResumes(hub, box, line);
});

testOnScreen("SIGTERM stops what downloads, and puts the terminal back", async () => {
  const line = slowLine();
  await using hub = await startE2eHub({ wrapFileHost: over(line) });
  await using box = await openQueueBox(hub);
  await using screen = await startLarge(box);
  screen.signal("SIGTERM");
  const { screen: last } = await checkRestored(screen, 143);
  match(last, RESUME);
  await checkResumes(hub, box, line);
});

testOnScreen("a window that is closed stops what downloads, and nothing is lost", async () => {
  const line = slowLine();
  await using hub = await startE2eHub({ wrapFileHost: over(line) });
  await using box = await openQueueBox(hub);
  await using screen = await startLarge(box);
  await screen.hangUp();
  await waitUntil("it has ended", async () => await screen.exitCode() !== undefined);
  strictEqual(await screen.exitCode(), 129);
  await checkResumes(hub, box, line);
});

testOnScreen(
  "when the network goes, it is tried again, and goes on where it was when it is back",
  async () => {
    const line = slowLine();
    await using hub = await startE2eHub({ wrapFileHost: over(line) });
    await using box = await openQueueBox(hub);
    await using screen = await startLarge(box);
    line.isCut = true;
    const retrying = await screen.waitFor(
      "that it is tried again",
      /large-Q4_K_M\.gguf .* retry \d+ in \d+ s/,
    );
    checkScreen(retrying, USUAL);
    // Keys are answered all the while.
    await screen.press("1");
    await screen.waitFor("the library", /Library +1 model/);
    await screen.press("3");
    await screen.waitFor("the downloads", /^This program works the queue/m);
    line.isCut = false;
    line.isSlow = false;
    const done = await screen.waitFor(
      "it to be done",
      /Finished \(1\)\n. acme\/large-GGUF:Q4_K_M .* completed/,
    );
    checkScreen(done, USUAL);
    await checkLarge(hub, box);
    await screen.press("q");
    await checkRestored(screen, 0);
  },
);

testOnScreen("what the Hub does not have, and what cannot be asked, is said in place", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  await using screen = await openScreen(box, ["tui", "acme/none-GGUF"], { ...USUAL, env: UNICODE });
  const unknown = await screen.waitFor("the error", /error: Repository "acme\/none-GGUF" does not exist/);
  checkScreen(unknown, USUAL);
  match(unknown, /hint: /);
  doesNotMatch(unknown, /\.tsx?:|NOT_FOUND|Error:/);
  await screen.press("Escape");
  await screen.waitFor("no error", (text) => !text.includes("error:"));
  await screen.press("q");
  await checkRestored(screen, 0);

  await box.run(["pull", `${TINY}:Q4_K_M`]);
  await using offline = await openScreen(box, ["tui", "--offline"], { ...USUAL, env: UNICODE });
  await offline.waitFor("the library, which needs no network", /tiny-GGUF +Q4_K_M/);
  await offline.press("s");
  const refused = await offline.waitFor("that it is offline", /error: Cannot ask .* while offline/);
  checkScreen(refused, USUAL);
  await offline.press("C-c");
  await checkRestored(offline, 130);
});

testOnScreen("what the daemon downloads is shown, and goes on when one leaves", async () => {
  const line = slowLine();
  await using hub = await startE2eHub({ wrapFileHost: over(line) });
  await using box = await openDaemonBox(hub);
  await box.write("config/model-manager/config.json", EXACTLY);
  const started = await box.run(["start"]);
  strictEqual(started.code, 0, started.stderr);
  await box.run(["queue", "add", LARGE]);
  await using screen = await openScreen(box, ["tui"], { ...USUAL, env: UNICODE });
  await screen.waitFor(
    "the daemon, and its download",
    /^Daemon +running[^]*large-GGUF .* downloading \d+ %/m,
  );
  await screen.press("3");
  const downloads = await screen.waitFor("whose it is", /The daemon \(process \d+\) works the queue/);
  checkScreen(downloads, USUAL);
  await screen.waitFor("its bar", /large-Q4_K_M\.gguf +█*░+ +\d+ %/);
  // Nothing of it is ours: nobody has to be asked.
  await screen.press("q");
  const { screen: last } = await checkRestored(screen, 0);
  strictEqual(last, "");
  strictEqual((await largeJob(box)).status, "downloading");
  line.isSlow = false;
  await checkCompletes(hub, box);
});

Deno.test("mm tui --plain says what is wrong, and what is to be done about it", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const lines = ["details acme/none-GGUF", "offline", "quit", ""];
  const run = await box.run(["tui", "--plain"], { stdin: lines.join("\n"), env: UNICODE });
  strictEqual(run.code, 0, run.stderr);
  match(run.stdout, /rror: Repository "acme\/none-GGUF" does not exist[^]*Not understood: offline/);
  deepStrictEqual(await filesBelow(box.modelsDir), []);
});
