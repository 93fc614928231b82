import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { LIBRARY_SCREEN } from "../../../../cli/tui/library/library_screen.ts";
import { NO_DOWNLOADS } from "../../../../cli/tui/downloads/downloads_state.ts";
import type { Question } from "../../../../cli/tui/shell/shell.ts";
import { ModelManagerError } from "../../../../mod.ts";
import type {
  LibraryModel,
  ModelManager,
  UpdateRequest,
  UpdateResult,
  VerifiedFile,
  VerifyEvent,
} from "../../../../mod.ts";
import { fakeManager, LIBRARY } from "../../../support/fake_manager.ts";
import { UPDATES } from "../../../support/fake_updates.ts";
import { settle } from "../../../support/test_clock.ts";
import { startTestScreen } from "../../../support/tui_screens.ts";
import { job, MODELS, SPACE_WITH_QUOTA } from "./library_fixtures.ts";

const LLAMA = "acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M";

/** An update that says nothing on its way. */
function updating(
  run: (request: UpdateRequest | undefined) => Promise<UpdateResult[]>,
): ModelManager["update"] {
  // deno-lint-ignore require-yield
  return async function* (request) {
    return await run(request);
  };
}

async function start(manager: Partial<ModelManager> = {}) {
  const screen = startTestScreen(LIBRARY_SCREEN, { manager });
  await screen.controller.enter?.(undefined);
  return screen;
}

function place(screen: Awaited<ReturnType<typeof start>>, reference: string): void {
  const index = screen.store.get().rows.findIndex((row) => row.reference === reference);
  ok(index >= 0, `no row ${reference}`);
  screen.controller.select?.(index);
}

Deno.test("The library is read when it is shown, with its disk", async () => {
  const { store } = await start();
  const { rows, space, isLoaded } = store.get();
  strictEqual(isLoaded, true);
  deepStrictEqual(rows.map(({ reference }) => reference), ["acme/clip:config.json", LLAMA]);
  ok(space !== undefined);
});

Deno.test("enter() checks for updates only when it is time, once, and says nothing of it", async () => {
  let claims = 0;
  const checks: (UpdateRequest | undefined)[] = [];
  const screen = await start({
    claimUpdateCheck: () => Promise.resolve(++claims === 1),
    update: updating(async (request) => {
      await Promise.resolve();
      checks.push(request);
      throw new ModelManagerError("NETWORK_ERROR", "No network");
    }),
  });
  deepStrictEqual(checks, [{ check: true }]);
  await screen.controller.enter?.(undefined);
  strictEqual(claims, 1);
  deepStrictEqual([screen.shell.said, screen.shell.failed], [[], []]);
  strictEqual(screen.store.get().isChecking, false);
});

Deno.test("R reads the library again, and says what the Hub says; the rows stay meanwhile", async () => {
  const go = Promise.withResolvers<void>();
  const screen = await start({
    update: updating(async () => {
      await go.promise;
      return [...UPDATES];
    }),
  });
  const pressed = screen.press("r");
  await settle();
  strictEqual(screen.store.get().isChecking, true);
  strictEqual(screen.store.get().rows.length, 2);
  ok(screen.draw().includes("checking for updates"));
  // Not twice at once.
  strictEqual(await screen.press("r"), false);
  go.resolve();
  await pressed;
  strictEqual(screen.store.get().isChecking, false);
  deepStrictEqual(screen.shell.said, ["1 of 3 models can be updated: 2.00 GB to fetch"]);
});

Deno.test("R says why nothing could be found out", async () => {
  const screen = await start({
    update: updating(async () => {
      await Promise.resolve();
      return UPDATES.filter(({ status }) => status === "failed");
    }),
  });
  await screen.press("r");
  deepStrictEqual(screen.shell.failed, ['acme/gone:Q8_0: Repository "acme/gone" does not exist']);
});

Deno.test("Enter opens the details of what was pulled, from where it was pulled", async () => {
  const screen = await start();
  place(screen, LLAMA);
  await screen.press("enter");
  place(screen, "acme/clip:config.json");
  await screen.press("enter");
  await screen.press("s");
  deepStrictEqual(screen.shell.opened, [
    ["details", LLAMA],
    ["details", "acme/clip@v1:config.json"],
    ["search", undefined],
  ]);
});

Deno.test("D deletes only after a question that says what, and Enter alone keeps it", async () => {
  const removed: (readonly string[])[] = [];
  let models: LibraryModel[] = [...LIBRARY];
  const screen = await start({
    list: () => Promise.resolve(models),
    remove: async (references) => {
      removed.push(references);
      models = models.slice(0, 1);
      return await fakeManager().remove(references);
    },
  });
  place(screen, "acme/clip:config.json");
  await screen.press("d");
  deepStrictEqual(removed, []);
  const [question] = screen.shell.questions as Question[];
  strictEqual(question?.initial, "keep");
  strictEqual(question?.isDangerous, true);
  deepStrictEqual(question?.lines, ["1 file, 1.50 kB on the disk:", "/models/acme/clip/config.json"]);
  screen.shell.answers.push("delete");
  await screen.press("d");
  deepStrictEqual(removed, [["acme/clip:config.json"]]);
  deepStrictEqual(screen.shell.said, ["Deleted acme/clip:config.json: 1.50 kB freed"]);
  deepStrictEqual(screen.store.get().rows.map(({ reference }) => reference), [LLAMA]);
});

Deno.test("U updates the model among the downloads, and not twice at once", async () => {
  const go = Promise.withResolvers<void>();
  const requests: (UpdateRequest | undefined)[] = [];
  const screen = await start({
    update: updating(async (request) => {
      requests.push(request);
      await go.promise;
      return UPDATES.slice(0, 1).map((result) => ({
        ...result,
        status: "downloaded" as const,
        bytesFetched: 5_000,
      }));
    }),
  });
  place(screen, LLAMA);
  const first = screen.press("u");
  await settle();
  await screen.press("u");
  go.resolve();
  await first;
  deepStrictEqual(requests, [{ references: [LLAMA] }]);
  deepStrictEqual(screen.downloads.tracked, [`update ${LLAMA}`]);
  deepStrictEqual(screen.shell.said, [
    `${LLAMA} is being updated already`,
    "Updated 1 model: fetched 5.00 kB, verified",
  ]);
});

Deno.test("U says what is in the way: a failure, or a pin", async () => {
  const [first, , failed] = UPDATES;
  const outcomes = [failed, { ...first!, update: "pinned" as const, status: "present" as const }];
  const screen = await start({
    update: updating(async () => {
      await Promise.resolve();
      return [outcomes.shift()!];
    }),
  });
  place(screen, LLAMA);
  await screen.press("u");
  await screen.press("u");
  deepStrictEqual(screen.shell.failed, ['Repository "acme/gone" does not exist']);
  deepStrictEqual(screen.shell.said, [`${LLAMA} is pinned`]);
});

Deno.test("P pins, and takes the pin away", async () => {
  const asked: [readonly string[], boolean][] = [];
  let pinned = false;
  const screen = await start({
    list: () => Promise.resolve([{ ...LIBRARY[0]!, pinned }]),
    setPinned: (references, value) => {
      asked.push([references, value]);
      pinned = value;
      return Promise.resolve([]);
    },
  });
  await screen.press("p");
  strictEqual(screen.store.get().rows[0]?.badge, "pinned");
  await screen.press("p");
  deepStrictEqual(asked, [[[LLAMA], true], [[LLAMA], false]]);
});

Deno.test("V shows how far it is, and says what it has found", async () => {
  const go = Promise.withResolvers<void>();
  const found: VerifiedFile = { repo: "acme/x", path: "/x", status: "ok", expected: "sha256:aa" };
  const screen = await start({
    async *verify(): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
      yield { type: "verifying", file: "x", receivedBytes: 500, totalBytes: 1_000 };
      await go.promise;
      return [found];
    },
  });
  place(screen, LLAMA);
  const pressed = screen.press("v");
  await settle();
  deepStrictEqual(screen.store.get().verifying, { reference: LLAMA, receivedBytes: 500, totalBytes: 1_000 });
  ok(screen.draw().includes("50 % of 1.00 kB"));
  go.resolve();
  await pressed;
  strictEqual(screen.store.get().verifying, undefined);
  deepStrictEqual(screen.shell.said, [`${LLAMA}: 1 file: all as they should be`]);
});

Deno.test("V says what is wrong, and a second V stops it", async () => {
  const screen = await start({
    async *verify(_references, { signal } = {}): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
      yield { type: "verifying", file: "x", receivedBytes: 500, totalBytes: 1_000 };
      if (runs++ === 0) return [{ repo: "acme/x", path: "/x", status: "corrupt", expected: "sha256:aa" }];
      await new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(new ModelManagerError("CANCELLED", "Cancelled")))
      );
      return [];
    },
  });
  let runs = 0;
  place(screen, LLAMA);
  await screen.press("v");
  deepStrictEqual(screen.shell.failed, ["1 file is corrupt"]);
  const pressed = screen.press("v");
  await settle();
  await screen.press("v");
  await pressed;
  strictEqual(screen.store.get().verifying, undefined);
});

Deno.test("The library is read again when a download has ended, and shows those that run", async () => {
  let models: LibraryModel[] = [...LIBRARY];
  const screen = await start({ list: () => Promise.resolve(models) });
  const modelsDir = screen.store.get().space?.modelsDir ?? "";
  const one = job({ modelsDir, reference: "acme/half-GGUF:F16", bytesReceived: 5_000, bytesTotal: 10_000 });
  screen.downloads.become({ ...NO_DOWNLOADS, jobs: [one] });
  deepStrictEqual(screen.store.get().rows.map(({ badge }) => badge), [
    "error",
    "downloading 50 %",
    "available",
  ]);
  models = [...MODELS];
  screen.downloads.become({ ...NO_DOWNLOADS, jobs: [{ ...one, status: "completed" }] });
  await settle();
  strictEqual(screen.store.get().models.length, MODELS.length);
});

Deno.test("Nothing is looked at while another screen is shown", async () => {
  let lists = 0;
  const models = [{ ...LIBRARY[0]!, status: "downloading" as const }];
  const screen = await start({ list: () => (lists++, Promise.resolve(models)) });
  await settle();
  // Somebody downloads it of whom the queue knows nothing.
  await screen.clock.advance(5_000);
  await settle();
  strictEqual(lists, 2);
  screen.controller.leave?.();
  await settle();
  strictEqual(screen.clock.sleeping, 0);
  screen.downloads.become({ ...NO_DOWNLOADS, jobs: [job()] });
  await screen.clock.advance(60_000);
  await settle();
  strictEqual(lists, 2);
  deepStrictEqual(screen.store.get().jobs, []);
  deepStrictEqual(screen.shell.failed, []);
});

Deno.test("An answer that comes too late changes nothing", async () => {
  const answers: PromiseWithResolvers<LibraryModel[]>[] = [];
  const screen = startTestScreen(LIBRARY_SCREEN, {
    manager: {
      list: () => {
        const answer = Promise.withResolvers<LibraryModel[]>();
        answers.push(answer);
        return answer.promise;
      },
    },
  });
  const [first, second] = [screen.controller.enter?.(undefined), screen.controller.enter?.(undefined)];
  await settle();
  answers[1]?.resolve([...MODELS]);
  await settle();
  answers[0]?.resolve([]);
  await Promise.all([first, second]);
  strictEqual(screen.store.get().models.length, MODELS.length);
});

Deno.test("The filter takes letters, loses them one by one, and goes with Escape", async () => {
  const screen = await start({ list: () => Promise.resolve([...MODELS]) });
  await screen.press("/");
  strictEqual(LIBRARY_SCREEN.isTyping?.(screen.store.get()), true);
  screen.controller.type?.("half👩‍👩‍👧‍👦");
  strictEqual(screen.store.get().rows.length, 0);
  await screen.press("backspace");
  strictEqual(screen.store.get().filter, "half");
  strictEqual(screen.store.get().rows.length, 1);
  await screen.press("enter");
  strictEqual(LIBRARY_SCREEN.isTyping?.(screen.store.get()), false);
  strictEqual(screen.store.get().rows.length, 1);
  await screen.press("escape");
  strictEqual(screen.store.get().rows.length, MODELS.length);
  // The next one is the shell's.
  strictEqual(await screen.press("escape"), false);
});

Deno.test("A library that cannot be read says so, and what to do", async () => {
  let isBroken = true;
  const screen = startTestScreen(LIBRARY_SCREEN, {
    manager: {
      list: () =>
        isBroken
          ? Promise.reject(new ModelManagerError("PERMISSION_ERROR", "Not for you"))
          : Promise.resolve([...LIBRARY]),
    },
  });
  await rejects(async () => await screen.controller.enter?.(undefined), { message: "Not for you" });
  ok(screen.draw().includes("could not be read. Press R"));
  isBroken = false;
  await screen.press("r");
  strictEqual(screen.store.get().rows.length, 2);
  // What was shown stays.
  isBroken = true;
  await screen.press("r");
  deepStrictEqual(screen.shell.failed, ["Not for you"]);
  strictEqual(screen.store.get().rows.length, 2);
});

Deno.test("Enter on what was begun pins nothing: it asks for the branch, or for what its job asks for", async () => {
  const begun = {
    ...LIBRARY[0]!,
    status: "downloading" as const,
    revision: "a".repeat(40),
    commit: "a".repeat(40),
  };
  const screen = await start({
    list: () => Promise.resolve([begun]),
    space: () => Promise.resolve(SPACE_WITH_QUOTA),
  });
  await screen.press("enter");
  screen.downloads.become({ ...NO_DOWNLOADS, jobs: [job({ reference: LLAMA.replace(":", "@v2:") })] });
  await screen.press("enter");
  deepStrictEqual(screen.shell.opened, [["details", LLAMA], ["details", LLAMA.replace(":", "@v2:")]]);
  // What was pulled by its commit stays what it is.
  const pulled = await start({ list: () => Promise.resolve([{ ...begun, status: "available" as const }]) });
  await pulled.press("enter");
  deepStrictEqual(pulled.shell.opened, [["details", LLAMA.replace(":", `@${"a".repeat(40)}:`)]]);
});

Deno.test("D on what is being downloaded says what comes first, and asks nothing", async () => {
  const begun = { ...LIBRARY[0]!, status: "downloading" as const };
  const screen = await start({
    list: () => Promise.resolve([begun]),
    space: () => Promise.resolve(SPACE_WITH_QUOTA),
  });
  screen.downloads.become({ ...NO_DOWNLOADS, jobs: [job({ reference: LLAMA, status: "downloading" })] });
  await screen.press("d");
  deepStrictEqual(screen.shell.questions, []);
  deepStrictEqual(screen.shell.said, [`${LLAMA} is being downloaded: cancel that first`]);
});

Deno.test("Ctrl+U erases the filter, and letters are still letters", async () => {
  const screen = await start();
  await screen.press("/");
  screen.controller.type?.("b-");
  await screen.press("ctrl+u");
  const { filter, isFiltering } = screen.store.get();
  deepStrictEqual([filter, isFiltering], ["", true]);
  strictEqual(await screen.press("d"), false);
});

Deno.test("What somebody else pulls is seen after some seconds, and what cannot be read then changes nothing", async () => {
  let models: LibraryModel[] = [];
  let lists = 0;
  const screen = await start({ list: () => (lists++, Promise.resolve(structuredClone(models))) });
  strictEqual(screen.store.get().rows.length, 0);
  models = [...LIBRARY];
  await screen.clock.advance(5_000);
  await settle();
  strictEqual(screen.store.get().rows.length, LIBRARY.length);
  const { rows } = screen.store.get();
  const listed = lists;
  await screen.clock.advance(5_000);
  await settle();
  strictEqual(lists, listed + 1);
  ok(screen.store.get().rows === rows, "nothing is drawn anew");
  screen.controller.leave?.();
});
