import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { DETAILS_SCREEN } from "../../../../cli/tui/details/details_screen.ts";
import { NO_DOWNLOADS } from "../../../../cli/tui/downloads/downloads_state.ts";
import type { Question, TextQuestion } from "../../../../cli/tui/shell/shell.ts";
import {
  type DownloadEvent,
  type ErrorData,
  type ModelDetails,
  type ModelManager,
  ModelManagerError,
  type PullRequest,
  type PullResult,
} from "../../../../mod.ts";
import { COMMIT, pullResult } from "../../../support/fake_manager.ts";
import { settle } from "../../../support/test_clock.ts";
import { startTestScreen } from "../../../support/tui_screens.ts";
import { job, SPACE_WITH_QUOTA } from "../library/library_fixtures.ts";
import { GATED, MODEL, PAGE, SAFETENSORS } from "./details_fixtures.ts";

/** A manager that knows one model, and remembers what it was asked. */
function managerOf(model: ModelDetails, change: Partial<ModelManager> = {}) {
  const asked: string[] = [];
  const manager: Partial<ModelManager> = {
    show: (reference, { readme = false } = {}) => {
      asked.push(`${reference}${readme ? " with its page" : ""}`);
      return Promise.resolve(readme ? { ...model, readme: PAGE } : model);
    },
    space: () => Promise.resolve(SPACE_WITH_QUOTA),
    ...change,
  };
  return { asked, manager };
}

/** The gated one, by a name that can be typed. */
const FORM = { ...GATED, repo: "acme/gated-GGUF" };

/** A plan of one file for each reference, the projector besides; part of it is here. */
function planning(options: { readonly error?: ErrorData; readonly isHere?: boolean } = {}) {
  const requests: PullRequest[] = [];
  const pull = async function* (
    request: PullRequest,
  ): AsyncGenerator<DownloadEvent, PullResult[], undefined> {
    await Promise.resolve();
    requests.push(request);
    for (const reference of request.references) {
      const action = options.isHere === true ? "present" as const : "fetch" as const;
      const file = (path: string, totalBytes: number) => ({ path, totalBytes, action, resumedBytes: 0 });
      yield {
        type: "planned",
        reference,
        repo: MODEL.repo,
        commit: COMMIT,
        files: [
          file(`${reference}.gguf`, 2_000_000_000),
          { ...file("README.md", 4_000), action: "present" },
          ...(request.withMmproj === true ? [file("mmproj-F16.gguf", 650_000_000)] : []),
        ],
        fetchBytes: 2_000_000_000,
        notices: [],
        receivedBytes: 0,
        totalBytes: 2_000_004_000,
      };
    }
    return request.references.map((reference) =>
      pullResult(reference, {
        status: options.error === undefined ? "planned" : "failed",
        ...(options.error === undefined ? {} : { error: options.error }),
      })
    );
  };
  return { requests, pull };
}

async function start(model = MODEL, change: Partial<ModelManager> = {}, argument = model.repo) {
  const { asked, manager } = managerOf(model, change);
  const screen = startTestScreen(DETAILS_SCREEN, { manager });
  await screen.controller.enter?.(argument);
  return { ...screen, asked };
}

Deno.test("The quants are asked for first, and then the page", async () => {
  const screen = await start(MODEL, {}, `${MODEL.repo}@v1:Q8_0`);
  deepStrictEqual(screen.asked, [`${MODEL.repo}@v1`, `${MODEL.repo}@v1 with its page`]);
  const { rows, cursor, page, isLoading } = screen.store.get();
  strictEqual(rows[cursor.index]?.label, "Q8_0");
  strictEqual(page.kind, "here");
  strictEqual(isLoading, false);
});

Deno.test("Shown again, the model is asked for again and the page is not", async () => {
  const screen = await start();
  screen.controller.leave?.();
  await screen.controller.enter?.(undefined);
  deepStrictEqual(screen.asked, [MODEL.repo, `${MODEL.repo} with its page`, MODEL.repo]);
});

Deno.test("What cannot be found is thrown, and the screen says what to do", async () => {
  const { manager } = managerOf(MODEL, {
    show: () => Promise.reject(new ModelManagerError("NOT_FOUND", 'Repository "acme/x" does not exist')),
  });
  const screen = startTestScreen(DETAILS_SCREEN, { manager });
  await rejects(async () => await screen.controller.enter?.("acme/x"), { code: "NOT_FOUND" });
  ok(screen.draw().includes("Nothing is known of acme/x. Press R"));
});

Deno.test("An answer for the model before changes nothing, and its question is stopped", async () => {
  const answers = new Map<string, PromiseWithResolvers<ModelDetails>>();
  const signals: (AbortSignal | undefined)[] = [];
  const screen = startTestScreen(DETAILS_SCREEN, {
    manager: {
      show: (reference, { signal } = {}) => {
        const answer = Promise.withResolvers<ModelDetails>();
        answers.set(reference, answer);
        signals.push(signal);
        return answer.promise;
      },
    },
  });
  const first = screen.controller.enter?.("acme/first");
  await settle();
  const second = screen.controller.enter?.("acme/second");
  await settle();
  strictEqual(signals[0]?.aborted, true);
  answers.get("acme/first")?.resolve({ ...MODEL, repo: "acme/first" });
  await first;
  strictEqual(screen.store.get().model, undefined);
  strictEqual(screen.store.get().isLoading, true);
  answers.get("acme/second")?.resolve({ ...MODEL, repo: "acme/second" });
  await settle();
  strictEqual(screen.store.get().model?.repo, "acme/second");
  screen.controller.leave?.();
  answers.get("acme/second")?.reject(new ModelManagerError("CANCELLED", "Cancelled"));
  await second;
  strictEqual(screen.store.get().isLoading, false);
});

Deno.test("Enter asks with sizes and free space, and then queues the quant of the cursor", async () => {
  const { requests, pull } = planning();
  const screen = await start(MODEL, { pull }, `${MODEL.repo}:IQ2_XXS`);
  screen.shell.answers.push("download");
  await screen.press("enter");
  const reference = `${MODEL.repo}:IQ2_XXS`;
  deepStrictEqual(requests, [{ references: [reference], dryRun: true }]);
  const [question] = screen.shell.questions as Question[];
  strictEqual(question?.title, `Download IQ2_XXS of ${MODEL.repo}?`);
  deepStrictEqual(question?.lines, [
    "To fetch: 2.00 GB in 1 file; 4.00 kB of 2.00 GB are here already",
    "Free on the disk: 45.0 GB, afterwards 43.0 GB",
    "The library may take 100 GB: it takes 42.1 GB, afterwards 44.1 GB",
  ]);
  deepStrictEqual(screen.downloads.added, [{ references: [reference] }]);
  deepStrictEqual(screen.shell.said, ["IQ2_XXS queued: 2.00 GB to fetch"]);
});

Deno.test("Several quants go together, with the projector once, and their marks go then", async () => {
  const { pull } = planning();
  const screen = await start({ ...MODEL, revision: "v1" }, { pull }, `${MODEL.repo}@v1:Q5_K_M`);
  await screen.press("space");
  screen.controller.select?.(6);
  await screen.press("space");
  await screen.press("m");
  screen.shell.answers.push("download");
  await screen.press("d");
  const [question] = screen.shell.questions as Question[];
  strictEqual(question?.title, `Download Q5_K_M, F16 of ${MODEL.repo}?`);
  ok(question?.lines[0]?.startsWith("To fetch: 4.65 GB in 3 files"));
  ok(question?.lines.includes("Too big for this machine's memory (16.0 GB): F16"));
  deepStrictEqual(screen.downloads.added, [
    { references: [`${MODEL.repo}@v1:Q5_K_M`, `${MODEL.repo}@v1:F16`], withMmproj: true },
  ]);
  strictEqual(screen.store.get().marked.size, 0);
});

Deno.test("What was marked and is here is not queued", async () => {
  const screen = await start(MODEL, planning(), `${MODEL.repo}:Q4_K_M`);
  await screen.press("space");
  await screen.press("space");
  screen.shell.answers.push("download");
  await screen.press("d");
  deepStrictEqual(screen.downloads.added, [{ references: [`${MODEL.repo}:Q5_K_M`] }]);
});

Deno.test("Nothing is queued that was not wanted, is here, or is refused", async () => {
  const screen = await start(MODEL, planning());
  await screen.press("d");
  strictEqual(screen.shell.questions.length, 1);
  screen.controller.select?.(3);
  await screen.press("d");
  deepStrictEqual(screen.shell.said, ['"Q6_K" cannot be downloaded: shards of it are missing on the Hub']);
  const here = await start(MODEL, planning({ isHere: true }));
  await here.press("d");
  deepStrictEqual(here.shell.said, ["All of it is here already"]);
  deepStrictEqual([...screen.downloads.added, ...here.downloads.added], []);
});

Deno.test("What does not fit is explained, with the way to make room", async () => {
  const error: ErrorData = {
    code: "QUOTA_EXCEEDED",
    message: "The library may take 1 GB",
    hints: ["Allow more: mm config set cleanup.max_total_size 200G"],
    causes: [],
  };
  const screen = await start(MODEL, planning({ error }));
  screen.shell.answers.push("library");
  await screen.press("d");
  const [question] = screen.shell.questions as Question[];
  deepStrictEqual(question?.lines, [error.message, ...error.hints]);
  strictEqual(question?.initial, "back");
  deepStrictEqual(screen.shell.opened, [["library", undefined]]);
  deepStrictEqual(screen.downloads.added, []);
});

Deno.test("A failure of the plan is said, and keys go on", async () => {
  const error: ErrorData = {
    code: "OFFLINE",
    message: "The network is not to be used",
    hints: [],
    causes: [],
  };
  const screen = await start(MODEL, planning({ error }));
  await screen.press("d");
  deepStrictEqual(screen.shell.failed, [error.message]);
  strictEqual(screen.store.get().isPlanning, false);
});

Deno.test("G explains what has to be done to get a gated model", async () => {
  const screen = await start(FORM);
  await screen.press("g");
  const [question] = screen.shell.questions as Question[];
  ok(question?.lines.some((line) => line.includes(GATED.url)));
  ok(question?.lines.some((line) => line.includes("https://huggingface.co/settings/tokens")));
  ok(question?.lines.some((line) => line.includes("mm login")));
  const plain = await start(MODEL);
  strictEqual(await plain.press("g"), false);
});

Deno.test("A gated model that cannot be had is explained, too", async () => {
  const error: ErrorData = { code: "GATED", message: "Access has to be asked for", hints: [], causes: [] };
  const screen = await start(FORM, planning({ error }));
  await screen.press("d");
  const [question] = screen.shell.questions as Question[];
  strictEqual(question?.lines[0], "Access has to be asked for");
  deepStrictEqual(screen.shell.failed, []);
});

Deno.test("O opens another revision, and takes none that cannot be", async () => {
  const screen = await start();
  screen.shell.answers.push("refs/pr/3");
  await screen.press("o");
  strictEqual(screen.asked[2], `${MODEL.repo}@refs/pr/3`);
  const { check } = screen.shell.questions[0] as TextQuestion;
  strictEqual(check?.("main"), undefined);
  strictEqual(check?.(COMMIT), undefined);
  for (const text of ["", "a b", "a..b", "a:b"]) ok(check?.(text) !== undefined, text);
});

Deno.test("A repository without quants is downloaded as a whole", async () => {
  const screen = await start(SAFETENSORS, planning());
  screen.shell.answers.push("download");
  await screen.press("enter");
  deepStrictEqual(screen.downloads.added, [{ references: ["acme/clip"] }]);
});

Deno.test("A download of the model is shown, and when it ends the model is asked for again", async () => {
  const screen = await start();
  const one = job({ reference: `${MODEL.repo}:Q8_0`, bytesReceived: 500, bytesTotal: 1_000 });
  screen.downloads.become({ ...NO_DOWNLOADS, jobs: [one] });
  strictEqual(screen.store.get().rows[4]?.local, "downloading 50 %");
  screen.downloads.become({ ...NO_DOWNLOADS, jobs: [{ ...one, status: "completed" }] });
  await settle();
  strictEqual(screen.store.get().rows[4]?.local, "partly here");
  strictEqual(screen.asked.length, 3);
  screen.controller.leave?.();
  screen.downloads.become({ ...NO_DOWNLOADS, jobs: [one] });
  strictEqual(screen.store.get().rows[4]?.local, "partly here");
});

Deno.test("I shows the page, arrows scroll it, and Escape goes back to the quants", async () => {
  const screen = await start();
  const before = screen.store.get().cursor;
  await screen.press("i");
  const size = { columns: 50, rows: 10 };
  ok(screen.draw(size).includes("lines 1 to 7 of 20"));
  await screen.press("down");
  ok(screen.draw(size).includes("lines 2 to 8 of 20"));
  await screen.press("home");
  await screen.press("up");
  strictEqual(screen.store.get().scroll, 0);
  strictEqual(screen.store.get().cursor, before);
  strictEqual(await screen.press("space"), false);
  await screen.press("escape");
  strictEqual(screen.store.get().isReading, false);
  strictEqual(await screen.press("escape"), false);
});

Deno.test("The last line of the page can be read, however much room there is", async () => {
  for (const rows of [10, 13, 17]) {
    const screen = await start();
    await screen.press("i");
    const size = { columns: 50, rows };
    screen.draw(size);
    await screen.press("end");
    ok(screen.draw(size).includes("to 20 of 20"), screen.draw(size));
    await screen.press("down");
    ok(screen.draw(size).includes("to 20 of 20"));
    await screen.press("up");
    ok(screen.draw(size).includes("to 19 of 20"));
  }
});
