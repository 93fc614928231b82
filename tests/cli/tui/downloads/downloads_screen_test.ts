import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import type { JobRecord, Queue } from "../../../../core/operations/model_manager.ts";
import { readSetting } from "../../../../core/config/mod.ts";
import type { TuiSession } from "../../../../cli/tui/context.ts";
import { DOWNLOADS_SCREEN } from "../../../../cli/tui/downloads/downloads_screen.ts";
import {
  type DownloadsScreenState,
  NO_DOWNLOADS_SHOWN,
  reduceDownloadsScreen,
} from "../../../../cli/tui/downloads/downloads_screen_state.ts";
import { type DownloadsState, NO_DOWNLOADS } from "../../../../cli/tui/downloads/downloads_state.ts";
import { footerBindings } from "../../../../cli/tui/key_map.ts";
import { SHELL_KEYS } from "../../../../cli/tui/shell/shell_keys.ts";
import { fakeQueue } from "../../../support/fake_manager.ts";
import { drawScreen, FRAME_SIZES, NOW_MS, startTestScreen, testFrame } from "../../../support/tui_screens.ts";
import { ago, BUSY, job, MOMENT_MS, MOVING } from "./downloads_fixtures.ts";

const MOMENT = { nowMs: NOW_MS, monotonicMs: MOMENT_MS };

function stateOf(downloads: DownloadsState, index = 0): DownloadsScreenState {
  const state = reduceDownloadsScreen(NO_DOWNLOADS_SHOWN, { type: "changed", downloads });
  return reduceDownloadsScreen(state, { type: "placed", index, rows: 10 });
}

function drawAll(state: DownloadsScreenState): string {
  return FRAME_SIZES.map((size) => {
    const name = `${size.columns}x${size.rows} `;
    return `${name.padEnd(size.columns, "=")}\n${
      drawScreen(DOWNLOADS_SCREEN, state, { ...size, ...MOMENT })
    }`;
  }).join("\n");
}

Deno.test("DOWNLOADS_SCREEN shows what runs, waits, rests and is finished, and one of it in detail", async (t) => {
  await t.assertSnapshot(drawAll(stateOf(BUSY, 1)));
});

Deno.test("DOWNLOADS_SCREEN shows why something failed, and what to do", async (t) => {
  await t.assertSnapshot(drawAll(stateOf(BUSY, 5)));
});

Deno.test("DOWNLOADS_SCREEN gives the whole room to one download", async (t) => {
  const open = reduceDownloadsScreen(stateOf(BUSY, 1), { type: "opened" });
  await t.assertSnapshot(drawAll(open));
});

Deno.test("DOWNLOADS_SCREEN says what to do where there is nothing", async (t) => {
  await t.assertSnapshot(drawAll(stateOf(NO_DOWNLOADS)));
  await t.assertSnapshot(drawAll(NO_DOWNLOADS_SHOWN));
});

Deno.test("DOWNLOADS_SCREEN is told in words", async (t) => {
  const frame = testFrame(MOMENT);
  await t.assertSnapshot(DOWNLOADS_SCREEN.describe({ state: stateOf(BUSY, 5), frame }).join("\n"));
  const open = reduceDownloadsScreen(stateOf(BUSY, 1), { type: "opened" });
  await t.assertSnapshot(DOWNLOADS_SCREEN.describe({ state: open, frame }).join("\n"));
  await t.assertSnapshot(DOWNLOADS_SCREEN.describe({ state: stateOf(NO_DOWNLOADS), frame }).join("\n"));
  await t.assertSnapshot(DOWNLOADS_SCREEN.describe({ state: NO_DOWNLOADS_SHOWN, frame }).join("\n"));
});

Deno.test("DOWNLOADS_SCREEN draws with ASCII signs where others cannot be shown", () => {
  const text = drawScreen(DOWNLOADS_SCREEN, stateOf({ ...BUSY, jobs: BUSY.jobs.slice(0, 1) }, 1), {
    ...MOMENT,
    unicode: false,
  });
  doesNotMatch(text, /[›█░▁▂▃▄▅▆▇─·]/);
  match(text, /> acme\/Llama.*#-----/);
});

Deno.test("DOWNLOADS_SCREEN says who works the queue", () => {
  const head = (worker: DownloadsState["worker"], change: Partial<DownloadsState> = {}): string | undefined =>
    drawScreen(DOWNLOADS_SCREEN, stateOf({ ...BUSY, worker, ...change }), MOMENT).split("\n")[0];
  const other = { kind: "other", pid: 77, isDaemon: false } as const;
  strictEqual(head(other), "Process 77 works the queue");
  strictEqual(head({ ...other, isDaemon: true }), "The daemon (process 77) works the queue");
  match(head({ ...other, isSilent: true }) ?? "", /^The process 77 holds the queue, but does not answer/);
  match(head({ kind: "nobody" }) ?? "", /^Nobody works the queue: press W to start +limit 20\.0 MB\/s$/);
  match(head({ kind: "here" }, { rateLimit: undefined }) ?? "", /^This program works the queue +no limit$/);
  match(head({ kind: "here" }, { rateLimit: "00:00,off 23:00,off" }) ?? "", /no limit$/);
});

Deno.test("DOWNLOADS_SCREEN survives hostile names, long ones, and hundreds of jobs at every size", () => {
  const evil = "acme/\u001b[2J\u001b]0;x\u0007evil\n\u202enoise:Q4";
  const error = { code: "FAILED", message: evil.repeat(9), hints: [evil], causes: [] } as const;
  const jobs: JobRecord[] = [
    job("evil", "failed", { reference: evil, error, endedAt: ago(3), options: { include: [evil] } }),
    job("long", "downloading", { reference: `acme/${"長い名前🎉".repeat(60)}` }),
    ...Array.from({ length: 300 }, (_, index) => job(`j${index}`, "pending")),
  ];
  const downloads = { ...BUSY, jobs, progress: new Map([["long", MOVING]]) };
  for (const columns of [40, 41, 59, 60, 79, 80, 99, 100, 200]) {
    for (const rows of [10, 14, 15, 22, 60]) {
      for (const index of [0, 1, 150, 302]) {
        for (const isOpen of [false, true]) {
          const state = { ...stateOf(downloads, index), isOpen };
          const text = drawScreen(DOWNLOADS_SCREEN, state, { columns, rows, ...MOMENT });
          // deno-lint-ignore no-control-regex
          doesNotMatch(text, /[\u001b\u0007\u202e]/);
          if (!isOpen) match(text, /^› /m);
        }
      }
    }
  }
});

Deno.test("DOWNLOADS_SCREEN draws thirty downloads that change at ten times a second in a part of one core", () => {
  const jobs = Array.from(
    { length: 30 },
    (_, index) => job(`j${index}`, "downloading", { startedAt: ago(60) }),
  );
  const downloads = { ...BUSY, jobs, progress: new Map(jobs.map(({ id }) => [id, MOVING])) };
  const frame = testFrame(MOMENT);
  const draw = (): void => {
    const state = stateOf({ ...downloads, jobs: [...jobs] }, 3);
    DOWNLOADS_SCREEN.View({ state, frame });
    DOWNLOADS_SCREEN.describe({ state, frame });
  };
  for (let warm = 0; warm < 30; warm++) draw();
  const begin = performance.now();
  for (let time = 0; time < 50; time++) draw();
  const each = (performance.now() - begin) / 50;
  ok(each < 20, `${each.toFixed(2)} ms a frame`);
});

Deno.test("DOWNLOADS_KEYS are none of the shell's, and of a key only one binding holds at a time", () => {
  const shell = new Set(SHELL_KEYS.filter(({ command }) => command !== "back").flatMap(({ keys }) => keys));
  for (const { keys } of DOWNLOADS_SCREEN.keys) for (const key of keys) ok(!shell.has(key), key);
  const rows = stateOf(BUSY).rows.length;
  for (
    const worker of [{ kind: "nobody" }, { kind: "here" }, { kind: "other", pid: 1, isDaemon: true }] as const
  ) {
    for (let index = 0; index < rows; index++) {
      for (const isOpen of [false, true]) {
        const state = { ...stateOf({ ...BUSY, worker }, index), isOpen };
        const usable = DOWNLOADS_SCREEN.keys.filter(({ when }) => when?.(state) ?? true).flatMap(({ keys }) =>
          keys
        );
        deepStrictEqual(usable.toSorted(), [...new Set(usable)].toSorted());
      }
    }
  }
});

Deno.test("DOWNLOADS_KEYS offer what can be done with the selected one", () => {
  const offer = (index: number): string =>
    footerBindings(DOWNLOADS_SCREEN.keys, { state: stateOf(BUSY, index), isTyping: false })
      .map(({ label }) => label).join(", ");
  strictEqual(offer(0), "retry failed, stop, to background, limit, clear finished, details");
  strictEqual(
    offer(1),
    "pause, retry failed, cancel, to background, priority, limit, clear finished, details",
  );
  strictEqual(
    offer(4),
    "resume, retry failed, cancel, to background, priority, limit, clear finished, details",
  );
  strictEqual(offer(5), "retry, to background, limit, clear finished, details");
});

interface Asked {
  readonly calls: string[];
  readonly queue: Queue;
}

function askedQueue(change: Partial<Queue> = {}): Asked {
  const calls: string[] = [];
  const note = (name: string) => (ids: readonly string[]) => {
    calls.push(`${name} ${ids.join(" ")}`);
    return Promise.resolve(ids.map((id) => ({ id, changed: true })));
  };
  const queue = fakeQueue({
    pause: note("pause"),
    resume: note("resume"),
    retry: note("retry"),
    cancel: note("cancel"),
    setPriority: (ids, priority) => note(`priority ${priority}`)(ids),
    move: (id, place) => note(`move ${place}`)([id]),
    clear: () => note("clear")([]),
    ...change,
  });
  return { calls, queue };
}

function startScreen(change: Partial<Queue> = {}, downloads: DownloadsState = BUSY) {
  const { calls, queue } = askedQueue(change);
  const session: Partial<TuiSession> = {
    configuration: () =>
      Promise.resolve({ readSetting } as unknown as Awaited<ReturnType<TuiSession["configuration"]>>),
    directories: () => Promise.resolve({ home: "/h" } as Awaited<ReturnType<TuiSession["directories"]>>),
    workingDirectory: "/w",
  };
  const screen = startTestScreen(DOWNLOADS_SCREEN, { manager: { queue }, session });
  screen.downloads.state = downloads;
  const select = (id: string): void =>
    screen.controller.select?.(screen.store.get().rows.findIndex((row) => row.id === id));
  return { ...screen, calls, select };
}

Deno.test("the downloads screen follows the downloads while it is shown", async () => {
  const { controller, downloads, store } = startScreen();
  await controller.enter?.(undefined);
  strictEqual(store.get().downloads, BUSY);
  deepStrictEqual(downloads.calls, ["refresh"]);
  downloads.become(NO_DOWNLOADS);
  strictEqual(store.get().rows.length, 0);
  controller.leave?.();
  downloads.become(BUSY);
  strictEqual(store.get().rows.length, 0);
  await controller.enter?.(undefined);
  strictEqual(store.get().downloads, BUSY);
});

Deno.test("the downloads screen moves and opens", async () => {
  const { controller, press, store } = startScreen();
  await controller.enter?.(undefined);
  await press("j");
  await press("down");
  await press("k");
  strictEqual(store.get().cursor.index, 1);
  await press("end");
  strictEqual(store.get().cursor.index, 7);
  await press("home");
  strictEqual(await press("escape"), false, "the shell goes back");
  await press("enter");
  strictEqual(store.get().isOpen, true);
  await press("escape");
  strictEqual(store.get().isOpen, false);
});

Deno.test("the downloads screen pauses, resumes and moves jobs, and changes their priority", async () => {
  const { controller, press, select, calls, downloads, shell } = startScreen();
  await controller.enter?.(undefined);
  select("big");
  await press("p");
  await press("+");
  await press("-");
  strictEqual(await press("["), false, "it is at work");
  select("rests");
  await press("P");
  await press("-");
  select("waits");
  await press("[");
  await press("]");
  deepStrictEqual(calls, [
    "pause big",
    "priority urgent big",
    "priority normal big",
    "resume rests",
    "move up waits",
    "move down waits",
  ]);
  // Who resumes wants it done.
  deepStrictEqual(downloads.calls.filter((call) => call === "work"), ["work"]);
  deepStrictEqual(shell.said, ["It has priority low already"]);
});

Deno.test("the downloads screen asks before it cancels", async () => {
  const { controller, press, select, calls, shell } = startScreen();
  await controller.enter?.(undefined);
  select("rests");
  shell.answers.push(undefined, "keep", "cancel");
  await press("c");
  await press("c");
  deepStrictEqual(calls, []);
  await press("c");
  deepStrictEqual(calls, ["cancel rests"]);
  const [question] = shell.questions;
  strictEqual(question?.initial, "keep");
  deepStrictEqual(question.lines, [
    "acme/rests:Q4_K_M",
    "840 MB of 2.00 GB fetched; that stays on the disk until a cleanup, and X goes on with it.",
  ]);
});

Deno.test("the downloads screen tries one failed job again, or all of them", async () => {
  const { controller, press, select, calls, downloads, shell } = startScreen();
  await controller.enter?.(undefined);
  select("gone");
  await press("x");
  select("waits");
  await press("x");
  deepStrictEqual(calls, ["retry gone", "retry none"]);
  deepStrictEqual(downloads.calls.filter((call) => call === "work"), ["work", "work"]);
  deepStrictEqual(shell.said, ["Queued 1 download again"]);
});

Deno.test("the downloads screen shows what the queue refuses", async () => {
  const error = { code: "USAGE_ERROR", message: "It has completed already", hints: [], causes: [] } as const;
  const { controller, press, select, shell } = startScreen({
    pause: (ids) => Promise.resolve(ids.map((id) => ({ id, changed: false, error }))),
  });
  await controller.enter?.(undefined);
  select("big");
  await press("p");
  deepStrictEqual(shell.failed, ["It has completed already"]);
});

Deno.test("the downloads screen does not ask the queue twice for the same at once", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const { controller, press, select } = startScreen({
    pause: async () => {
      count++;
      await promise;
      return [];
    },
  });
  await controller.enter?.(undefined);
  select("big");
  const first = press("p");
  await press("p");
  resolve();
  await first;
  strictEqual(count, 1);
  await press("p");
  strictEqual(count, 2);
});

Deno.test("the downloads screen works the queue, or hands it over", async () => {
  const { controller, press, downloads, shell } = startScreen();
  await controller.enter?.(undefined);
  await press("w");
  strictEqual(downloads.calls.at(-1), "handOver");
  strictEqual(shell.said.at(-1), "A process in the background goes on with the queue");
  downloads.become({ ...BUSY, worker: { kind: "nobody" } });
  await press("w");
  strictEqual(downloads.calls.at(-1), "work");
  downloads.become({ ...BUSY, worker: { kind: "other", pid: 3, isDaemon: true } });
  strictEqual(await press("w"), false);
});

Deno.test("the downloads screen asks before it forgets what is finished", async () => {
  const { controller, press, calls, downloads, shell } = startScreen();
  await controller.enter?.(undefined);
  await press("delete");
  deepStrictEqual(calls, []);
  shell.answers.push("forget");
  await press("backspace");
  strictEqual(shell.questions[0]?.title, "Forget 3 finished downloads?");
  deepStrictEqual(calls, ["clear "]);
  ok(downloads.calls.includes("forgetEnded"));
  downloads.become({ ...BUSY, jobs: BUSY.jobs.slice(0, 3) });
  strictEqual(await press("delete"), false);
});

Deno.test("the downloads screen stops an activity that it was told to stop", async () => {
  const { controller, press, select, downloads, shell } = startScreen();
  await controller.enter?.(undefined);
  select("activity-1");
  await press("c");
  shell.answers.push("stop");
  await press("c");
  deepStrictEqual(downloads.calls.filter((call) => call.startsWith("stop")), ["stopActivity activity-1"]);
});

Deno.test("the downloads screen limits the rate as the setting does, timetables and off included", async () => {
  const { controller, press, downloads, shell } = startScreen();
  await controller.enter?.(undefined);
  shell.answers.push("2M", "08:00,2M  23:00,off", "off", "2X", "25:00,2M", undefined);
  for (let time = 0; time < 6; time++) await press("l");
  deepStrictEqual(downloads.calls.filter((call) => call.startsWith("limit")), [
    "limitRate 2000000",
    "limitRate 08:00,2M 23:00,off",
    "limitRate undefined",
  ]);
  const [question] = shell.questions;
  ok(question !== undefined && "check" in question);
  strictEqual(question.initial, "20.0MB");
  match(question.check?.("2X") ?? "", /^It is "2X": wanted bytes a second/);
  strictEqual(question.check?.(question.initial ?? ""), undefined);
});

Deno.test("the downloads screen says how to limit what another process downloads", async () => {
  const { controller, press, shell } = startScreen({}, {
    ...BUSY,
    worker: { kind: "other", pid: 3, isDaemon: true },
  });
  await controller.enter?.(undefined);
  await press("l");
  deepStrictEqual([shell.questions, shell.said], [[], ["The daemon downloads, and keeps to the settings"]]);
});

Deno.test("the downloads screen leads to the model, and to the search where there is nothing", async () => {
  const { controller, press, select, downloads, shell } = startScreen();
  await controller.enter?.(undefined);
  select("done");
  await press("o");
  downloads.become(NO_DOWNLOADS);
  await press("s");
  await press("r");
  deepStrictEqual(shell.opened, [["details", "acme/done:Q4_K_M"], ["search", undefined]]);
  strictEqual(downloads.calls.at(-1), "refresh");
});

Deno.test("DOWNLOADS_SCREEN names the key that tries again, and no command", () => {
  const error = {
    code: "NETWORK_ERROR",
    message: "The connection broke",
    hints: ["Run the same command again: what has arrived is kept", "Wait, then run the same command again"],
    causes: [],
  } as const;
  const state = stateOf({ ...NO_DOWNLOADS, jobs: [job("broken", "failed", { error, endedAt: ago(3) })] });
  const text = drawScreen(DOWNLOADS_SCREEN, state);
  ok(text.includes("hint: Press X to try it again: what has arrived is kept"), text);
  ok(text.includes("hint: Wait, then try it again"), text);
  ok(!text.includes("same command"), text);
});
