import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import * as daemonRoom from "../../../../core/daemon/mod.ts";
import type { TuiSession } from "../../../../cli/tui/context.ts";
import { LOGS_SCREEN } from "../../../../cli/tui/logs/logs_screen.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";
import { settle } from "../../../support/test_clock.ts";
import { startTestScreen } from "../../../support/tui_screens.ts";
import { LOG_PATH, logSession, rawLine } from "./logs_fixtures.ts";

async function open(first: readonly string[]) {
  const log = logSession(first);
  const screen = startTestScreen(LOGS_SCREEN, { session: log.session });
  await screen.controller.enter?.(undefined);
  await settle();
  return { ...screen, ...log };
}

const LINES = Array.from({ length: 30 }, (_, number) => rawLine(number));

Deno.test("the log is read when its screen is shown, and what is no line of it is left out", async () => {
  const { store, controller } = await open([...LINES, "no JSON", '{"half": tru', '{"other":1}']);
  strictEqual(store.get().path, LOG_PATH);
  strictEqual(store.get().isLoaded, true);
  strictEqual(store.get().rows.length, 30);
  controller.leave?.();
});

Deno.test("what comes is shown together, at the next look", async () => {
  const { store, coming, clock, controller } = await open(LINES);
  let changes = 0;
  store.subscribe(() => changes++);
  coming.push(rawLine(30), rawLine(31), rawLine(32));
  await clock.advance(200);
  strictEqual(store.get().rows.length, 33);
  strictEqual(changes, 1);
  await clock.advance(1000);
  strictEqual(changes, 1, "nothing came");
  controller.leave?.();
});

Deno.test("a log that does not exist yet is waited for", async () => {
  const { store, coming, clock, controller, draw } = await open([]);
  strictEqual(store.get().isLoaded, true);
  match(draw(), /There is no log yet/);
  coming.push(rawLine(0));
  await clock.advance(200);
  strictEqual(store.get().rows.length, 1);
  controller.leave?.();
});

Deno.test("nobody follows the log once another screen is shown, or the program ends", async () => {
  const { followers, controller, abort, coming, clock, store } = await open(LINES);
  strictEqual(followers.count, 1);
  controller.leave?.();
  await settle();
  strictEqual(followers.count, 0);
  coming.push(rawLine(30));
  await clock.advance(400);
  strictEqual(store.get().rows.length, 30);
  await controller.enter?.(undefined);
  await settle();
  strictEqual(followers.count, 1);
  abort.abort();
  await settle();
  strictEqual(followers.count, 0);
});

Deno.test("R reads the log again, with one follower only", async () => {
  const { followers, press, controller } = await open(LINES);
  await press("r");
  await settle();
  deepStrictEqual(followers, { count: 1, started: 2 });
  controller.leave?.();
});

Deno.test("keys choose what is shown, and how", async () => {
  const { store, press, controller } = await open(LINES);
  await press("f");
  strictEqual(store.get().isFollowing, false);
  await press("f");
  strictEqual(store.get().isFollowing, true);
  await press("l");
  strictEqual(store.get().level, "debug");
  await press("w");
  strictEqual(store.get().wraps, true);
  await press("/");
  strictEqual(await press("l"), false, "letters are text now");
  await controller.type?.("second");
  await press("backspace");
  await press("enter");
  strictEqual(store.get().field.text, "secon");
  strictEqual(store.get().rows.length, 6);
  await press("escape");
  strictEqual(store.get().rows.length, 30);
  controller.select?.(3);
  strictEqual(store.get().cursor.index, 3);
  controller.leave?.();
});

Deno.test("Enter shows a line whole, and Escape goes back to all of them", async () => {
  const { store, press, draw, controller } = await open([
    rawLine(0, Object.fromEntries(Array.from({ length: 40 }, (_, number) => [`fact${number}`, number]))),
  ]);
  await press("enter");
  match(draw({ rows: 20 }), /^fact0 +0$/m);
  await press("end");
  match(draw({ rows: 20 }), /^fact39 +39$/m);
  await press("escape");
  strictEqual(store.get().isWhole, false);
  controller.leave?.();
});

Deno.test("a log that may not be read is said once, and what was there stays", async () => {
  const { session } = logSession([]);
  const room = await session.daemon?.();
  const refuse = {
    ...session,
    daemon: () =>
      Promise.resolve({
        ...room,
        // deno-lint-ignore require-yield
        async *tailLines() {
          await Promise.resolve();
          throw new ModelManagerError("PERMISSION_ERROR", "Cannot read the log");
        },
      } as unknown as Awaited<ReturnType<TuiSession["daemon"]>>),
  };
  const { controller, shell } = startTestScreen(LOGS_SCREEN, { session: refuse });
  await controller.enter?.(undefined);
  await settle();
  deepStrictEqual(shell.failed, ["Cannot read the log"]);
});

Deno.test("the real file is followed, also when it is put aside", async () => {
  await using temporary = await makeTempDir();
  const path = join(temporary.path, "daemon.log");
  await Deno.writeTextFile(path, `${LINES.slice(0, 3).join("\n")}\n`);
  const directories = { state: temporary.path, logs: temporary.path };
  const { store, controller, clock } = startTestScreen(LOGS_SCREEN, {
    session: {
      daemon: () => Promise.resolve(daemonRoom),
      directories: () => Promise.resolve(directories as Awaited<ReturnType<TuiSession["directories"]>>),
    },
  });
  await controller.enter?.(undefined);
  const until = async (count: number): Promise<void> => {
    for (let turn = 0; turn < 5_000 && store.get().rows.length < count; turn++) {
      if (clock.sleeping > 0) await clock.advance(200);
      else await settle();
    }
    strictEqual(store.get().rows.length, count);
  };
  await until(3);
  await Deno.rename(path, `${path}.1`);
  await Deno.writeTextFile(path, `${rawLine(3)}\n`);
  await until(4);
  controller.leave?.();
  await settle();
  strictEqual(clock.sleeping, 0);
});
