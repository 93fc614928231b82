import assert from "node:assert/strict";
import { NO_DOWNLOADS } from "../../../cli/tui/downloads/downloads_state.ts";
import { createQuit, type Leaving, quitQuestion } from "../../../cli/tui/quit_prompt.ts";
import type { Tui } from "../../../cli/tui/tui.ts";
import { JOBS } from "../../support/fake_manager.ts";
import { settle } from "../../support/test_clock.ts";
import { FakeDownloads, FakeShell } from "../../support/tui_screens.ts";

const [JOB] = JOBS;
const RUNNING = {
  ...NO_DOWNLOADS,
  jobs: JOB === undefined ? [] : [{ ...JOB, status: "downloading" as const }],
};
const UPDATE = { id: "1", title: "update acme/tiny", startedAtMs: 0, progress: undefined, ended: undefined };

interface Bench {
  readonly shell: FakeShell;
  readonly downloads: FakeDownloads;
  readonly left: Leaving[];
  quit(): Promise<void>;
}

function bench(answers: readonly (string | undefined)[], worksHere = true): Bench {
  const [shell, downloads] = [new FakeShell(), new FakeDownloads()];
  downloads.state = RUNNING;
  downloads.worksHere = worksHere;
  shell.answers.push(...answers);
  const left: Leaving[] = [];
  const quit = createQuit((how) => left.push(how));
  const tui = { shell, downloads } as unknown as Tui;
  return {
    shell,
    downloads,
    left,
    async quit() {
      quit(tui);
      await settle();
    },
  };
}

Deno.test("createQuit() leaves at once when nothing would be stopped by it", async () => {
  const { quit, shell, left } = bench([], false);
  await quit();
  assert.deepEqual([left, shell.questions], [["idle"], []]);
});

Deno.test("createQuit() stops what runs here before it leaves", async () => {
  const { quit, downloads, left } = bench(["stop"]);
  await quit();
  assert.deepEqual([left, downloads.calls], [["stopped"], ["stop"]]);
});

Deno.test("createQuit() hands over to the background", async () => {
  const { quit, downloads, left } = bench(["background"]);
  await quit();
  assert.deepEqual([left, downloads.calls], [["handedOver"], ["handOver"]]);
});

Deno.test("createQuit() stays when nothing can be started in the background, or nobody wants to leave", async () => {
  const { quit, shell, downloads, left } = bench(["background", "cancel", undefined]);
  downloads.handOver = () => Promise.resolve(false);
  await quit();
  assert.match(shell.said.at(-1) ?? "", /^Nothing could be started/);
  await quit();
  await quit();
  assert.deepEqual([left, shell.questions.length], [[], 3]);
});

Deno.test("createQuit() shows what goes wrong, and can be asked again", async () => {
  const { quit, shell, downloads, left } = bench(["stop", "stop"]);
  downloads.stop = () => Promise.reject(new TypeError("broken"));
  await quit();
  assert.match(shell.failed.join(), /broken/);
  downloads.stop = () => Promise.resolve();
  await quit();
  assert.deepEqual(left, ["stopped"]);
});

Deno.test("createQuit() asks once only", async () => {
  const { quit, shell } = bench([]);
  shell.confirm = (question) => {
    shell.questions.push(question);
    return new Promise(() => {});
  };
  await quit();
  await quit();
  assert.equal(shell.questions.length, 1);
});

Deno.test("quitQuestion() says what runs, and its safe answer is to stay", () => {
  const question = quitQuestion({ ...RUNNING, activities: [UPDATE] });
  assert.deepEqual(question.lines, ["1 download running here.", "Running here: update acme/tiny."]);
  assert.equal(question.initial, "cancel");
  assert.deepEqual(question.choices.map(({ id }) => id), ["stop", "background", "cancel"]);
});

Deno.test("quitQuestion() offers the background only for what can go there", () => {
  const { choices } = quitQuestion({ ...NO_DOWNLOADS, activities: [UPDATE] });
  assert.deepEqual(choices.map(({ id }) => id), ["stop", "cancel"]);
});
