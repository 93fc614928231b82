import assert from "node:assert/strict";
import { type ErrorCode, ModelManagerError } from "../../../core/base/errors.ts";
import type { HubClient } from "../../../core/hub/client.ts";
import { HubError } from "../../../core/hub/errors.ts";
import type { ModelInfo, RepoFile } from "../../../core/hub/model.ts";
import type { ModelEntry } from "../../../core/library/model_entry.ts";
import {
  type CheckedEntry,
  checkEntries,
  entryReference,
  followedRevision,
} from "../../../core/operations/update_check.ts";
import { LibraryFixture, sha256 } from "../library/library_fixture.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

type Answer = Partial<ModelInfo> | ModelManagerError;

/** A Hub that answers so, by repository, and counts its calls as `repo@revision`. */
function fakeHub(
  answers: Readonly<Record<string, Answer>>,
): { readonly hub: HubClient; readonly calls: string[] } {
  const calls: string[] = [];
  const hub = {
    modelInfo(repo: string, { revision, fresh }: { revision?: string; fresh?: boolean }) {
      calls.push(`${repo}@${revision ?? "(default)"}${fresh === true ? "" : " stale"}`);
      const answer = answers[repo];
      if (answer === undefined) throw new Error(`Nobody is to ask for ${repo}`);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({
        repo,
        commit: "d".repeat(40),
        gated: false,
        disabled: false,
        files: [],
        ...answer,
      });
    },
    authCheck: () => Promise.reject(new ModelManagerError("GATED", "No access")),
    modelPageUrl: (repo: string) => `https://hub.test/${repo}`,
  };
  return { hub: hub as unknown as HubClient, calls };
}

function remote(path: string, data: string, change: Partial<RepoFile> = {}): RepoFile {
  return { path, sizeBytes: data.length, digest: { algorithm: "sha256", hex: sha256(data) }, ...change };
}

async function check(
  dir: TempDir,
  options: {
    readonly entries?: (entries: readonly ModelEntry[]) => readonly ModelEntry[];
    readonly answers: Readonly<Record<string, Answer>>;
    readonly force?: boolean;
  },
): Promise<{ readonly checked: readonly CheckedEntry[]; readonly calls: readonly string[] }> {
  using fixture = openOperations(dir);
  const { hub, calls } = fakeHub(options.answers);
  const context = { ...fixture.context, hub: () => Promise.resolve(hub) };
  const registered = await fixture.context.library.entries();
  const entries = options.entries?.(registered) ?? registered;
  const { signal } = new AbortController();
  const checked = await checkEntries(context, entries, { force: options.force ?? false, signal });
  return { checked, calls };
}

/** `model: verdict`, or the code of what went wrong. */
function outcomes(checked: readonly CheckedEntry[]): string[] {
  return checked.map(({ entry, outcome }) => {
    const text = outcome.kind === "compared"
      ? outcome.comparison.verdict
      : outcome.kind === "failed"
      ? outcome.error.code
      : outcome.kind;
    return `${entry.modelId}: ${text}`;
  });
}

Deno.test("checkEntries() asks once for each repository and revision, and not for what is pinned", async () => {
  await using dir = await makeTempDir();
  const files = new LibraryFixture(dir);
  await files.add("acme/a", { "a-Q4_K_M.gguf": "four", "README.md": "read me" });
  await files.add("acme/a", { "a-Q8_0.gguf": "eight" });
  await files.add("acme/b", { "b-Q8_0.gguf": "b" });
  await files.add("acme/c", { "c-Q8_0.gguf": "c" });
  const { checked, calls } = await check(dir, {
    entries: (entries) =>
      entries.map((entry): ModelEntry =>
        entry.metadata.repo === "acme/b"
          ? { ...entry, pinned: true }
          : entry.metadata.repo === "acme/c"
          ? { ...entry, metadata: { ...entry.metadata, revision: entry.metadata.commit } }
          : entry
      ),
    answers: {
      "acme/a": {
        files: [
          remote("a-Q4_K_M.gguf", "four"),
          remote("a-Q8_0.gguf", "new"),
          remote("README.md", "changed"),
        ],
      },
    },
  });
  assert.deepEqual(calls, ["acme/a@(default)"]);
  assert.deepEqual(outcomes(checked), [
    "acme/a:Q4_K_M: other files changed",
    "acme/a:Q8_0: weights changed",
    "acme/b:Q8_0: pinned",
    "acme/c:Q8_0: pinned",
  ]);
});

Deno.test("checkEntries() with force asks for pinned models, too: by commit, for the default branch", async () => {
  await using dir = await makeTempDir();
  await new LibraryFixture(dir).add("acme/a", { "a-Q4_K_M.gguf": "four" });
  const { checked, calls } = await check(dir, {
    entries: (entries) =>
      entries.map((entry) => ({
        ...entry,
        metadata: { ...entry.metadata, revision: entry.metadata.commit },
      })),
    answers: { "acme/a": { files: [remote("a-Q4_K_M.gguf", "new")] } },
    force: true,
  });
  assert.deepEqual(calls, ["acme/a@(default)"]);
  assert.deepEqual(outcomes(checked), ["acme/a:Q4_K_M: weights changed"]);
  assert.deepEqual(checked.map(({ entry }) => followedRevision(entry)), ["main"]);
});

Deno.test("checkEntries() leaves files as they are that a pinned model has, too, unless it is meant as well", async () => {
  await using dir = await makeTempDir();
  const files = new LibraryFixture(dir);
  await files.add("acme/a", { "a-Q4_K_M.gguf": "four", "README.md": "read me" });
  await files.add("acme/a", { "a-Q8_0.gguf": "eight", "README.md": "read me" });
  await files.library.setPinned(["acme/a:Q8_0"], true);
  const answers = {
    "acme/a": {
      files: [
        remote("a-Q4_K_M.gguf", "new"),
        remote("a-Q8_0.gguf", "new"),
        remote("README.md", "changed"),
      ],
    },
  };
  const plans = ({ checked }: { readonly checked: readonly CheckedEntry[] }): unknown[] =>
    checked.map(({ outcome }) =>
      outcome.kind === "compared"
        ? [outcome.comparison.changed.map((file) => file.path), outcome.comparison.kept]
        : outcome.kind
    );
  const kept = [{ path: "README.md", modelId: "acme/a:Q8_0" }];
  assert.deepEqual(plans(await check(dir, { answers })), [[["a-Q4_K_M.gguf"], kept], "pinned"]);
  assert.deepEqual(plans(await check(dir, { answers, force: true })), [
    [["README.md", "a-Q4_K_M.gguf"], []],
    [["README.md", "a-Q8_0.gguf"], []],
  ]);
});

Deno.test("checkEntries() takes nothing for gone that may be private, when it was so and nobody is logged in", async () => {
  await using dir = await makeTempDir();
  const files = new LibraryFixture(dir);
  for (const name of ["open", "private", "gated"]) await files.add(`acme/${name}`, { "a-Q8_0.gguf": name });
  const gone = (maybePrivate: boolean): ModelManagerError =>
    new HubError("NOT_FOUND", "It does not exist or is private", { maybePrivate });
  const entries = (all: readonly ModelEntry[]): readonly ModelEntry[] =>
    all.map((entry) => {
      const kind = entry.metadata.repo.slice("acme/".length);
      return { ...entry, metadata: { ...entry.metadata, [kind]: true } };
    });
  const ask = async (maybePrivate: boolean): Promise<string[]> => {
    const answer = gone(maybePrivate);
    const answers = { "acme/open": answer, "acme/private": answer, "acme/gated": answer };
    return outcomes((await check(dir, { entries, answers })).checked);
  };
  assert.deepEqual(await ask(true), [
    "acme/gated:Q8_0: AUTHENTICATION_ERROR",
    "acme/open:Q8_0: NOT_FOUND",
    "acme/private:Q8_0: AUTHENTICATION_ERROR",
  ]);
  assert.deepEqual(
    await ask(false),
    ["acme/gated:Q8_0: NOT_FOUND", "acme/open:Q8_0: NOT_FOUND", "acme/private:Q8_0: NOT_FOUND"],
  );
});

Deno.test("checkEntries() reports each failure at its model, and goes on with the others", async () => {
  await using dir = await makeTempDir();
  const files = new LibraryFixture(dir);
  for (const name of ["disabled", "gated", "gone", "hostile", "well"]) {
    await files.add(`acme/${name}`, { "m-Q8_0.gguf": "same" });
  }
  const { checked } = await check(dir, {
    answers: {
      "acme/disabled": { disabled: true },
      "acme/gated": { gated: "manual", files: [remote("m-Q8_0.gguf", "same", { digest: undefined })] },
      "acme/gone": new ModelManagerError("NOT_FOUND", 'Repository "acme/gone" does not exist'),
      "acme/hostile": {
        files: [remote("m-Q8_0-00001-of-00001.gguf", "x"), remote("../m-Q8_0.gguf", "evil")],
      },
      "acme/well": { files: [remote("m-Q8_0.gguf", "same")] },
    },
  });
  assert.deepEqual(outcomes(checked), [
    "acme/disabled:Q8_0: NOT_FOUND",
    "acme/gated:Q8_0: GATED",
    "acme/gone:Q8_0: NOT_FOUND",
    "acme/hostile:Q8_0: weights changed",
    "acme/well:Q8_0: up to date",
  ]);
});

Deno.test("checkEntries() refuses new files whose names lead elsewhere", async () => {
  await using dir = await makeTempDir();
  await new LibraryFixture(dir).add("acme/a", { "m-Q8_0.gguf": "same" });
  const evil = [remote("../m-Q8_0.gguf", "evil")];
  const { checked } = await check(dir, { answers: { "acme/a": { files: evil } } });
  assert.deepEqual(outcomes(checked), ["acme/a:Q8_0: FAILED"]);
});

for (const [code, expected] of [["OFFLINE", 6], ["RATE_LIMITED", 6], ["NETWORK_ERROR", 7]] as const) {
  Deno.test(`checkEntries() stops asking when all further questions would end with ${code}`, async () => {
    await using dir = await makeTempDir();
    const files = new LibraryFixture(dir);
    const names = Array.from({ length: 20 }, (_, index) => `acme/m${index}`);
    for (const name of names) await files.add(name, { "m-Q8_0.gguf": name });
    const answers = Object.fromEntries(
      names.map((name) => [name, new ModelManagerError(code, "Nobody answers")]),
    );
    const { checked, calls } = await check(dir, { answers });
    assert.ok(calls.length <= expected, `${calls.length} calls`);
    assert.equal(checked.length, 20);
    const codes = new Set(
      checked.map(({ outcome }): ErrorCode | undefined =>
        outcome.kind === "failed" ? outcome.error.code : undefined
      ),
    );
    assert.deepEqual([...codes], [code]);
  });
}

Deno.test("checkEntries() asks nothing of models without any digest, and compares branches by their names", async () => {
  await using dir = await makeTempDir();
  await new LibraryFixture(dir).add("acme/a", { "a-Q4_K_M.gguf": "four" });
  const unproved = await check(dir, {
    entries: (entries) =>
      entries.map((entry) => ({
        ...entry,
        metadata: {
          ...entry.metadata,
          files: entry.metadata.files.map(({ sha256: _, ...file }) => file),
        },
      })),
    answers: {},
  });
  assert.deepEqual([outcomes(unproved.checked), unproved.calls], [["acme/a:Q4_K_M: unknown"], []]);
  const branch = await check(dir, {
    entries: (entries) =>
      entries.map((entry) => ({ ...entry, metadata: { ...entry.metadata, revision: "feature/x" } })),
    answers: { "acme/a": { files: [remote("a-Q4_K_M.gguf", "four")] } },
  });
  assert.deepEqual([outcomes(branch.checked), branch.calls], [
    ["acme/a:Q4_K_M: up to date"],
    ["acme/a@feature/x"],
  ]);
  const [first] = branch.checked;
  assert.equal(first === undefined ? "" : entryReference(first.entry), "acme/a@feature/x:Q4_K_M");
});
