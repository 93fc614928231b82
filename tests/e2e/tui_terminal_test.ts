/**
 * The terminal UI on a real terminal: however it ends, the terminal is as it was, and nothing that was fetched is lost.
 *
 * @module
 */
import { match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type E2eHub, LARGE, LARGE_BYTES, LARGE_PATH, sha256, startE2eHub } from "../support/e2e_hub.ts";
import { openQueueBox } from "../support/queue_box.ts";
import { openSandbox, readDocument, type Sandbox, waitUntil } from "../support/run_program.ts";
import {
  type FinishedScreen,
  HAS_TMUX,
  openScreen,
  openTmux,
  TMUX_NOTE,
  type TmuxScreen,
} from "../support/tmux.ts";

const LANGUAGE = { env: { LANG: "C.UTF-8" } };

function checkRestored(end: FinishedScreen): void {
  const { echo, canonical, alternateScreen, cursorShown } = end;
  const state = { echo, canonical, alternateScreen, cursorShown };
  strictEqual(
    JSON.stringify(state),
    JSON.stringify({ echo: true, canonical: true, alternateScreen: false, cursorShown: true }),
  );
}

const ENDS:
  readonly (readonly [name: string, code: number, end: (screen: TmuxScreen) => Promise<void> | void])[] = [
    ["q", 0, (screen) => screen.press("q")],
    ["Ctrl+C", 130, (screen) => screen.press("C-c")],
    ["SIGINT", 130, (screen) => screen.signal("SIGINT")],
    ["SIGTERM", 143, (screen) => screen.signal("SIGTERM")],
    ["SIGHUP", 129, (screen) => screen.signal("SIGHUP")],
    ["SIGQUIT", 131, (screen) => screen.signal("SIGQUIT")],
  ];

for (const [name, code, finish] of ENDS) {
  Deno.test(`mm puts the terminal back after ${name}${TMUX_NOTE}`, async () => {
    if (!HAS_TMUX) return;
    await using box = await openSandbox();
    await using screen = await openScreen(box, [], LANGUAGE);
    await screen.waitFor("the library", /Nothing here yet/);
    await finish(screen);
    const end = await screen.finished();
    strictEqual(end.code, code);
    checkRestored(end);
    ok(!end.screen.includes("Library"), end.screen);
  });
}

/** All that the empty library has to say. */
const WHOLE_LIBRARY = /Disk .* free\nDaemon +not running\n[^]*Nothing here yet[^]*quit/;

/** A screen without its numbers: what is free on the disk changes by itself. */
function withoutFigures(screen: string): string {
  return screen.replace(/\d+/g, "0");
}

Deno.test(`mm goes on where it was after Ctrl+Z and fg${TMUX_NOTE}`, async () => {
  if (!HAS_TMUX) return;
  await using box = await openSandbox();
  await using shell = await openTmux({
    command: ["sh", "-i"],
    env: { ...box.environment, LANG: "C.UTF-8", PS1: "ready: " },
    cwd: box.work,
  });
  await shell.waitFor("the shell", /ready:/);
  await shell.type(`"${Deno.execPath()}" run -A "${new URL("../../main.ts", import.meta.url).pathname}"\n`);
  const before = withoutFigures(await shell.waitFor("the library", WHOLE_LIBRARY));
  await shell.press("C-z");
  await shell.waitFor("the shell's own screen", /Stopped|Suspended/);
  await shell.type("fg\n");
  const again = await shell.waitFor("the library again", (screen) => withoutFigures(screen) === before);
  strictEqual(withoutFigures(again), before);
  await shell.press("q");
  await shell.waitFor("the shell", (screen) => !screen.includes("Library") && /ready:\s*$/.test(screen));
});

Deno.test(`mm does without a shell that could continue it${TMUX_NOTE}`, async () => {
  if (!HAS_TMUX) return;
  await using box = await openSandbox();
  await using screen = await openScreen(box, [], LANGUAGE);
  const before = withoutFigures(await screen.waitFor("the library", WHOLE_LIBRARY));
  await screen.press("C-z");
  await screen.waitFor("the library again", (text) => withoutFigures(text) === before);
  await screen.press("q");
  strictEqual((await screen.finished()).code, 0);
});

/** Somebody types `q` while something is downloaded, on the bench that is given to `then`. */
async function leaveWhileDownloading(
  then: (at: { readonly hub: E2eHub; readonly box: Sandbox; readonly screen: TmuxScreen }) => Promise<void>,
): Promise<void> {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  hub.bytesPerSecond = 2_000_000;
  await using screen = await openScreen(box, [], LANGUAGE);
  await screen.waitFor("the library", /Library/);
  await startDownload(box, screen);
  await askToLeave(screen);
  await then({ hub, box, screen });
}

async function askToLeave(screen: TmuxScreen): Promise<void> {
  await screen.press("q");
  await screen.waitFor("the question", /Leave while downloads run here\?/);
}

/** A download of this process under way, on the screen of downloads. */
async function startDownload(box: Sandbox, screen: TmuxScreen): Promise<void> {
  strictEqual((await box.run(["queue", "add", LARGE, "--quiet"])).code, 0);
  await screen.press("3");
  await screen.waitFor("the job", /large-GGUF/);
  await screen.press("w");
  await screen.waitFor("bytes", /[1-9]\d? %/);
}

async function jobs(
  box: Sandbox,
): Promise<readonly { readonly status: string; readonly bytesReceived: number }[]> {
  const finished = await box.run(["queue", "list", "--json"]);
  return readDocument<{ jobs: { status: string; bytesReceived: number }[] }>(finished).jobs;
}

Deno.test(`Ctrl+C while something is downloaded keeps it, and says how to go on${TMUX_NOTE}`, async () => {
  if (!HAS_TMUX) return;
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  // As slow as where it was measured: what is on its way when somebody stops is fetched again, and little then.
  hub.bytesPerSecond = 100_000;
  await using screen = await openScreen(box, [], LANGUAGE);
  await screen.waitFor("the library", /Library/);
  await startDownload(box, screen);
  // Far more than may be lost.
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 2_000_000);
  const startMs = performance.now();
  await screen.press("C-c");
  const end = await screen.finished();
  ok(performance.now() - startMs < 3_000, "it ends soon, also on a busy machine");
  strictEqual(end.code, 130);
  checkRestored(end);
  match(end.screen, /hint: What has been fetched is kept\. Resume: mm queue run/);
  const sent = hub.bodyBytes();
  hub.clear();
  hub.bytesPerSecond = undefined;
  // One connection: no lane takes bytes over from another, so that every count is exact.
  const { results: [result] } = readDocument<{ results: { bytesFetched: number; bytesResumed: number }[] }>(
    await box.run(["pull", LARGE, "--json", "--connections", "1"]),
  );
  ok(result !== undefined);
  strictEqual(result.bytesFetched + result.bytesResumed, LARGE_BYTES);
  strictEqual(hub.bodyBytes(), result.bytesFetched);
  const lost = sent - result.bytesResumed;
  ok(lost >= 0 && lost <= LARGE_BYTES * 0.02, `${lost} of ${sent} bytes were fetched again`);
  const path = join(box.modelsDir, LARGE, LARGE_PATH);
  strictEqual(sha256(await readFile(path)), await hub.sha256(LARGE, LARGE_PATH));
});

Deno.test(`q while something is downloaded asks; the background takes it over${TMUX_NOTE}`, async () => {
  if (!HAS_TMUX) return;
  await leaveWhileDownloading(async ({ hub, box, screen }) => {
    await screen.press("Enter");
    await screen.waitFor("the downloads again", (text) => !text.includes("Leave while"));
    await askToLeave(screen);
    await screen.press("k");
    const end = await screen.finished();
    strictEqual(end.code, 0, end.screen);
    checkRestored(end);
    match(end.screen, /Downloading in the background/);
    hub.bytesPerSecond = undefined;
    await waitUntil("it is completed", async () => (await jobs(box))[0]?.status === "completed");
  });
});

Deno.test(`q and stop end what is downloaded here${TMUX_NOTE}`, async () => {
  if (!HAS_TMUX) return;
  await leaveWhileDownloading(async ({ box, screen }) => {
    await screen.press("s");
    const end = await screen.finished();
    strictEqual(end.code, 0);
    checkRestored(end);
    match(end.screen, /Resume: mm queue run/);
    const [job] = await jobs(box);
    ok(job !== undefined && job.status !== "completed" && job.status !== "failed", JSON.stringify(job));
  });
});
