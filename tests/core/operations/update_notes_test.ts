import assert from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import type { ModelInfo } from "../../../core/hub/model.ts";
import type { ModelEntry } from "../../../core/library/model_entry.ts";
import type { OperationContext } from "../../../core/operations/context.ts";
import type { CheckedEntry, CheckOutcome } from "../../../core/operations/update_check.ts";
import { claimUpdateCheck, withBadges } from "../../../core/operations/known_updates.ts";
import { noteChecked, noteFetched } from "../../../core/operations/update_notes.ts";
import { UpdateStore } from "../../../core/state/updates.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { sha256 } from "../library/library_fixture.ts";
import { openOperations } from "./operation_fixture.ts";

const DAY = 86_400_000;

interface Notes {
  readonly context: OperationContext;
  readonly store: UpdateStore;
  readonly notices: readonly string[];
  add(repo: string, files: Readonly<Record<string, string>>): Promise<void>;
  entries(): Promise<readonly ModelEntry[]>;
  /** Badges by repository. */
  badges(): Promise<Record<string, unknown>>;
}

async function withNotes(
  run: (notes: Notes) => Promise<void>,
  updateEveryMs: number | undefined = DAY,
): Promise<void> {
  await using dir = await makeTempDir();
  using kv = await Deno.openKv(":memory:");
  using fixture = openOperations(dir);
  const store = new UpdateStore(kv, { place: "here", clock: fixture.files.clock });
  const context: OperationContext = {
    ...fixture.context,
    settings: { ...fixture.context.settings, updateEveryMs },
    updates: () => Promise.resolve(store),
    updatesIfKept: () => Promise.resolve(store),
  };
  await run({
    context,
    store,
    notices: fixture.notices,
    add: (repo, files) => fixture.files.add(repo, files),
    entries: () => context.library.entries(),
    badges: async () => {
      const models = await withBadges(context, await context.library.list());
      return Object.fromEntries(models.map(({ repo, update }) => [repo, update]));
    },
  });
}

function checked(entry: ModelEntry | undefined, outcome: CheckOutcome): CheckedEntry {
  assert.ok(entry);
  return { entry, outcome, elapsedMs: 1 };
}

function compared(verdict: "up to date" | "weights changed"): CheckOutcome {
  const none = { changed: [], removed: [], replaced: [], kept: [], masked: [], same: [] };
  const comparison = { verdict, ...none, bytesToFetch: 5 };
  return { kind: "compared", info: { commit: "d".repeat(40) } as ModelInfo, comparison };
}

const failed = (code: "NOT_FOUND" | "OFFLINE"): CheckOutcome => ({
  kind: "failed",
  error: new ModelManagerError(code, "It is so"),
});

Deno.test("what a check has found holds for the contents it was found of", () =>
  withNotes(async ({ context, add, entries, badges }) => {
    await add("acme/a", { "a-Q8_0.gguf": "a" });
    await add("acme/b", { "b-Q8_0.gguf": "b" });
    assert.deepEqual(await badges(), { "acme/a": undefined, "acme/b": undefined });
    const [a, b] = await entries();
    await noteChecked(
      context,
      [checked(a, compared("weights changed")), checked(b, compared("up to date"))],
      {
        everything: true,
      },
    );
    assert.deepEqual(await badges(), { "acme/a": "update available", "acme/b": "up to date" });
    await add("acme/a", { "a-Q8_0.gguf": "another" });
    assert.deepEqual(await badges(), { "acme/a": undefined, "acme/b": "up to date" });
  }));

Deno.test("a check of one model keeps what is known of the others; one of all forgets what is gone", () =>
  withNotes(async ({ context, store, add, entries, badges }) => {
    await add("acme/a", { "a-Q8_0.gguf": "a" });
    await add("acme/b", { "b-Q8_0.gguf": "b" });
    const [a, b] = await entries();
    const all = [checked(a, compared("up to date")), checked(b, compared("up to date"))];
    await noteChecked(context, all, { everything: true });
    await noteChecked(context, [checked(a, compared("weights changed"))], { everything: false });
    assert.deepEqual(await badges(), { "acme/a": "update available", "acme/b": "up to date" });
    await noteChecked(context, [checked(a, failed("NOT_FOUND"))], { everything: true });
    assert.deepEqual((await store.list()).map(({ repo, commit }) => [repo, commit]), [["acme/a", undefined]]);
    assert.deepEqual(await badges(), { "acme/a": "removed upstream", "acme/b": undefined });
  }));

Deno.test("a check that reached nobody changes nothing, and is tried again before long", () =>
  withNotes(async ({ context, add, entries, badges }) => {
    await add("acme/a", { "a-Q8_0.gguf": "a" });
    const [a] = await entries();
    await noteChecked(context, [checked(a, compared("up to date"))], { everything: true });
    assert.equal(await claimUpdateCheck(context), false, "a check of everything by hand is one, too");
    await context.clock.sleep(DAY);
    assert.equal(await claimUpdateCheck(context), true);
    await noteChecked(context, [checked(a, failed("OFFLINE"))], { everything: true });
    assert.deepEqual(await badges(), { "acme/a": "up to date" });
    assert.equal(await claimUpdateCheck(context), false);
    await context.clock.sleep(15 * 60_000);
    assert.equal(await claimUpdateCheck(context), true);
  }));

Deno.test("noteFetched() compares again, where a check was made before", () =>
  withNotes(async ({ context, store, add, entries, badges }) => {
    await add("acme/a", { "a-Q8_0.gguf": "a" });
    const digest = { algorithm: "sha256", hex: sha256("new") } as const;
    const files = [{ path: "a-Q8_0.gguf", sizeBytes: 3, digest }];
    const info = { repo: "acme/a", revision: "main", commit: "e".repeat(40), files } as unknown as ModelInfo;
    await noteFetched(context, info);
    assert.deepEqual(await store.list(), [], "nobody has asked");
    const [a] = await entries();
    await noteChecked(context, [checked(a, compared("weights changed"))], { everything: false });
    await add("acme/a", { "a-Q8_0.gguf": "new" });
    await noteFetched(context, info);
    assert.deepEqual(await badges(), { "acme/a": "up to date" });
  }));

Deno.test("what cannot be kept is said, and a list without a store has no badges", () =>
  withNotes(async ({ context, add, entries, notices }) => {
    await add("acme/a", { "a-Q8_0.gguf": "a" });
    const [a] = await entries();
    const broken = {
      ...context,
      updates: () => Promise.reject(new Error("No store")),
      updatesIfKept: () => Promise.reject(new Error("No store")),
    };
    await noteChecked(broken, [checked(a, compared("up to date"))], { everything: true });
    assert.match(notices.join("\n"), /could not be kept: No store/);
    assert.equal(await claimUpdateCheck(broken), false);
    assert.deepEqual((await withBadges(broken, await context.library.list())).map(({ update }) => update), [
      undefined,
    ]);
  }));

Deno.test("claimUpdateCheck() wants none for an empty library, and none when the settings forbid it", async () => {
  await withNotes(async ({ context, add }) => {
    assert.equal(await claimUpdateCheck(context), false);
    await add("acme/a", { "a-Q8_0.gguf": "a" });
    assert.equal(await claimUpdateCheck(context), true);
  });
  await withNotes(async ({ context, add }) => {
    await add("acme/a", { "a-Q8_0.gguf": "a" });
    const settings = { ...context.settings, updateEveryMs: undefined };
    assert.equal(await claimUpdateCheck({ ...context, settings }), false);
  });
});
