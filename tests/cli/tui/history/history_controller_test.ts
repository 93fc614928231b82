import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import type { HistoryRecord } from "../../../../core/state/history_record.ts";
import { HISTORY_SCREEN } from "../../../../cli/tui/history/history_screen.ts";
import { selectedRecord } from "../../../../cli/tui/history/history_state.ts";
import { NO_DOWNLOADS } from "../../../../cli/tui/downloads/downloads_state.ts";
import { JOBS } from "../../../support/fake_manager.ts";
import { settle } from "../../../support/test_clock.ts";
import { NOW_MS, startTestScreen } from "../../../support/tui_screens.ts";
import { fakeHistory, MANY, record, withHistory } from "./history_fixtures.ts";

async function open(records: readonly HistoryRecord[] = MANY, options: { readonly damaged?: number } = {}) {
  const fake = fakeHistory(records, options);
  const screen = startTestScreen(HISTORY_SCREEN, { manager: withHistory(fake.history) });
  screen.clock.jumpTo(NOW_MS);
  await screen.controller.enter?.(undefined);
  return { ...screen, ...fake };
}

Deno.test("the history is read when its screen is shown", async () => {
  const { store } = await open();
  deepStrictEqual(store.get().records, MANY);
  strictEqual(store.get().isLoading, false);
});

Deno.test("keys narrow the history by status, time and name", async () => {
  const { store, press, controller, queries } = await open();
  await press("f");
  await press("f");
  await press("w");
  await press("w");
  deepStrictEqual(queries.at(-1), { status: "failed", endedFromMs: NOW_MS - 7 * 86_400_000 });
  await press("/");
  strictEqual(await press("q"), false, "letters are text now");
  await controller.type?.("TINY");
  await press("enter");
  strictEqual(store.get().isTyping, false);
  strictEqual(store.get().records.length, 1);
  await press("escape");
  strictEqual(store.get().choice.repo, "");
  strictEqual(store.get().records.length > 1, true);
});

Deno.test("older records are read when the cursor comes near to the end", async () => {
  const records = Array.from({ length: 150 }, (_, number) => record(number));
  const { store, press, queries } = await open(records);
  strictEqual(store.get().records.length, 100);
  strictEqual(store.get().hasMore, true);
  await press("down");
  strictEqual(queries.length, 1);
  await press("end");
  strictEqual(store.get().records.length, 150);
  strictEqual(store.get().hasMore, false);
  strictEqual(store.get().cursor.index, 99);
});

Deno.test("a late answer to an earlier question is dropped", async () => {
  const gates: (() => void)[] = [];
  const { history } = fakeHistory();
  const slow = {
    ...history,
    async *records(query: Parameters<typeof history.records>[0]) {
      await new Promise<void>((resolve) => gates.push(resolve));
      yield* history.records(query);
    },
  };
  const { store, press, controller, clock } = startTestScreen(HISTORY_SCREEN, {
    manager: withHistory(slow),
  });
  clock.jumpTo(NOW_MS);
  const entering = controller.enter?.(undefined);
  await settle();
  const choosing = press("f");
  await settle();
  gates[1]?.();
  await choosing;
  const { records } = store.get();
  strictEqual(records.every(({ status }) => status === "completed"), true);
  gates[0]?.();
  await entering;
  strictEqual(store.get().records, records);
});

Deno.test("Enter shows one download whole, and Escape goes back", async () => {
  const { store, press } = await open();
  await press("down");
  await press("enter");
  strictEqual(store.get().look, "record");
  strictEqual(selectedRecord(store.get())?.id, MANY[1]?.id);
  await press("escape");
  strictEqual(store.get().look, "list");
});

Deno.test("S shows the sums, which follow the filters; S again shows the list", async () => {
  const { store, press } = await open();
  await press("s");
  strictEqual(store.get().figures?.counts.total, 45);
  await press("f");
  strictEqual(store.get().figures?.counts.total, 27);
  await press("s");
  strictEqual(store.get().look, "list");
});

Deno.test("X queues what failed or was cancelled again, and nothing else", async () => {
  const { press, downloads, shell } = await open();
  strictEqual(await press("x"), false, "the first was completed");
  await press("down");
  await press("down");
  await press("x");
  deepStrictEqual(downloads.added, [{ references: [MANY[2]?.reference] }]);
  match(shell.said.join(), /^Queued: /);
});

Deno.test("M shows the model", async () => {
  const { press, shell } = await open();
  await press("m");
  deepStrictEqual(shell.opened, [["details", MANY[0]?.repo]]);
});

Deno.test("C asks first, with the count, and keeps everything unless told otherwise", async () => {
  const { press, shell, cleared } = await open();
  await press("c");
  deepStrictEqual(cleared, []);
  const [question] = shell.questions;
  strictEqual(question?.title, "Delete 45 records of the history?");
  strictEqual(question !== undefined && "choices" in question && question.initial, "keep");
  strictEqual(question !== undefined && "choices" in question && question.isDangerous, true);
});

Deno.test("C deletes exactly what is shown: the status, the time and each repository that fits", async () => {
  const { press, controller, shell, store, history, cleared } = await open();
  await press("f");
  await press("f");
  await press("/");
  await controller.type?.("acme/");
  await press("enter");
  const doomed = store.get().records.length;
  shell.answers.push("delete");
  await press("c");
  strictEqual(shell.questions[0]?.title, `Delete ${doomed} records of the history?`);
  deepStrictEqual(
    cleared.map(({ status, repo }) => `${status} ${repo?.slice(0, 10)}`).toSorted(),
    ["failed acme/Llama", "failed acme/very-"],
  );
  deepStrictEqual(shell.said, [`Deleted ${doomed} records`]);
  deepStrictEqual(store.get().records, []);
  strictEqual((await history.stats()).total, 45 - doomed);
});

Deno.test("C deletes damaged records with all others, and says how many there are", async () => {
  const { press, shell, cleared } = await open([], { damaged: 2 });
  shell.answers.push("delete");
  await press("c");
  strictEqual(shell.questions[0]?.title, "Delete 0 records and 2 damaged of the history?");
  deepStrictEqual(cleared, [{}]);
});

Deno.test("C says so when there is nothing to delete", async () => {
  const { press, shell } = await open([]);
  await press("c");
  deepStrictEqual(shell.questions, []);
  deepStrictEqual(shell.said, ["There is nothing to delete"]);
});

Deno.test("the history is read again when a download ends, as long as it is shown", async () => {
  const { downloads, queries, controller } = await open();
  const [job] = JOBS;
  if (job === undefined) throw new TypeError("There is no job");
  downloads.become({ ...NO_DOWNLOADS, jobs: [job] });
  await settle();
  strictEqual(queries.length, 1);
  downloads.become({ ...NO_DOWNLOADS, jobs: [{ ...job, status: "failed" }] });
  await settle();
  strictEqual(queries.length, 2);
  controller.leave?.();
  downloads.become({ ...NO_DOWNLOADS, jobs: [job] });
  downloads.become(NO_DOWNLOADS);
  await settle();
  strictEqual(queries.length, 2);
});

Deno.test("a failure is shown, and what was there stays", async () => {
  const { history } = fakeHistory();
  let isBroken = false;
  const broken = {
    ...history,
    records(query: Parameters<typeof history.records>[0]) {
      if (isBroken) throw new ModelManagerError("FAILED", "The store cannot be read");
      return history.records(query);
    },
  };
  const { store, press, controller, shell, clock } = startTestScreen(HISTORY_SCREEN, {
    manager: withHistory(broken),
  });
  clock.jumpTo(NOW_MS);
  await controller.enter?.(undefined);
  isBroken = true;
  await press("r");
  deepStrictEqual(shell.failed, ["The store cannot be read"]);
  strictEqual(store.get().records.length, 45);
  strictEqual(store.get().isLoading, false);
});

Deno.test("a record that is longer than the screen is scrolled, and stays at its ends", async () => {
  const long = record(1, { files: Array.from({ length: 50 }, (_, index) => `shard-${index}.gguf`) });
  const { store, press, draw } = await open([long]);
  await press("enter");
  draw({ columns: 70, rows: 22 });
  await press("end");
  const last = draw({ columns: 70, rows: 22 });
  match(last, /shard-49\.gguf/);
  const { top } = store.get();
  await press("down");
  strictEqual(store.get().top, top);
  await press("home");
  strictEqual(store.get().top, 0);
});
