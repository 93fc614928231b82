import assert from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { HubError } from "../../../core/hub/errors.ts";
import type { SearchQuery } from "../../../core/hub/model.ts";
import type { OperationContext } from "../../../core/operations/context.ts";
import { askModelInfo } from "../../../core/operations/near_repos.ts";
import { TestClock } from "../../support/test_clock.ts";

interface Surroundings {
  readonly error: Error;
  readonly local?: readonly string[];
  readonly search?: (query: SearchQuery) => AsyncIterable<{ readonly repo: string }>;
}

const NO_REPO = new HubError("NOT_FOUND", 'Repository "acme/tiyn-GGUF" does not exist', {
  hints: ["Search for it: mm search tiyn-GGUF"],
  hubCode: "RepoNotFound",
});

async function* repos(...names: readonly string[]) {
  for (const repo of names) yield { repo };
  await Promise.resolve();
}

function context({ error, local = [], search = () => repos() }: Surroundings) {
  const clock = new TestClock();
  const hub = { modelInfo: () => Promise.reject(error), searchModels: search };
  const entries = local.map((repo) => ({ metadata: { repo } }));
  const parts = {
    clock,
    hub: () => Promise.resolve(hub),
    library: { entries: () => Promise.resolve(entries) },
  } as unknown as OperationContext;
  return { clock, parts };
}

async function hintsOf(promise: Promise<unknown>): Promise<readonly string[]> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof ModelManagerError);
  assert.equal(error.code, "NOT_FOUND");
  return error.hints;
}

Deno.test("askModelInfo() names the repository that was meant, of the Hub or of the library", async () => {
  const queries: SearchQuery[] = [];
  const { parts } = context({
    error: NO_REPO,
    local: ["acme/tiny-GGUF"],
    search(query) {
      queries.push(query);
      return repos("acme/other", query.author === undefined ? "acme/tiyn-GGUF-2" : "acme/tiyn-gguf");
    },
  });
  assert.deepEqual(await hintsOf(askModelInfo(parts, "acme/tiyn-GGUF", {})), [
    "Did you mean acme/tiny-GGUF or acme/tiyn-GGUF-2?",
    "Search for it: mm search tiyn-GGUF",
  ]);
  assert.deepEqual(queries.map(({ author, text }) => [author, text]), [["acme", ""], [
    undefined,
    "tiyn-GGUF",
  ]]);
});

Deno.test("askModelInfo() has nothing to add where nothing is like it, or names are no names", async () => {
  const { parts } = context({
    error: NO_REPO,
    search: () => repos("acme/other", "acme/tiny-GGUF\x1b[2J; rm"),
  });
  assert.deepEqual(await hintsOf(askModelInfo(parts, "acme/tiyn-GGUF", {})), NO_REPO.hints);
});

Deno.test("askModelInfo() waits for advice for a short time, and never fails for it", async () => {
  const failing = context({
    error: NO_REPO,
    search: () => {
      throw new Error("no network");
    },
  });
  assert.deepEqual(await hintsOf(askModelInfo(failing.parts, "acme/tiyn-GGUF", {})), NO_REPO.hints);
  const { clock, parts } = context({
    error: NO_REPO,
    async *search() {
      await new Promise(() => {});
      yield { repo: "acme/tiny-GGUF" };
    },
  });
  const asked = hintsOf(askModelInfo(parts, "acme/tiyn-GGUF", {}));
  await clock.advance(2_000);
  assert.deepEqual(await asked, NO_REPO.hints);
});

Deno.test("askModelInfo() asks nothing more about any other failure", async () => {
  const refuse = (): never => {
    throw new Error("searched");
  };
  for (
    const error of [
      new HubError("NOT_FOUND", "no such revision", { hubCode: "RevisionNotFound" }),
      new HubError("GATED", "no access"),
      new ModelManagerError("NETWORK_ERROR", "no network"),
    ]
  ) {
    await assert.rejects(askModelInfo(context({ error, search: refuse }).parts, "acme/tiny", {}), error);
  }
});
