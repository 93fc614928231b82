import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import type { HubClient } from "../../../core/hub/client.ts";
import { readReadme } from "../../../core/operations/show_readme.ts";
import { TestClock } from "../../support/test_clock.ts";

const COMMIT = "c".repeat(40);
const INFO = {
  repo: "acme/tiny",
  commit: COMMIT,
  files: [{ path: "README.md", sizeBytes: 3, digest: undefined }],
};

/** A context with a Hub that answers so. */
function context(readme: HubClient["readme"], clock: TestClock = new TestClock()) {
  // Only this is asked of it.
  return { clock, hub: () => Promise.resolve({ readme } as unknown as HubClient) };
}

Deno.test("readReadme() asks for the page of that commit, and for none where there is none", async () => {
  const asked: string[][] = [];
  const hub = context((repo, commit) => {
    asked.push([repo, commit]);
    return Promise.resolve("# Tiny");
  });
  strictEqual(await readReadme(hub, INFO, { signal: undefined }), "# Tiny");
  strictEqual(await readReadme(hub, { ...INFO, files: [] }, { signal: undefined }), undefined);
  deepStrictEqual(asked, [["acme/tiny", COMMIT]]);
});

Deno.test("readReadme() gives nothing when the page cannot be had, and no error", async () => {
  for (const code of ["GATED", "NOT_FOUND", "NETWORK_ERROR", "OFFLINE"] as const) {
    const hub = context(() => Promise.reject(new ModelManagerError(code, "No", { hints: [] })));
    strictEqual(await readReadme(hub, INFO, { signal: undefined }), undefined, code);
  }
});

Deno.test("readReadme() does not wait for ever, and ends what it asked for", async () => {
  const clock = new TestClock();
  let given: AbortSignal | undefined;
  const hub = context((_repo, _commit, { signal } = {}) => {
    given = signal;
    return new Promise(() => {});
  }, clock);
  const reading = readReadme(hub, INFO, { signal: undefined });
  await clock.advance(10_000);
  strictEqual(await reading, undefined);
  strictEqual(given?.aborted, true);
});

Deno.test("readReadme() that is cancelled says so", async () => {
  const stop = new AbortController();
  const hub = context((_repo, _commit, { signal } = {}) => {
    stop.abort();
    return Promise.reject(signal?.reason);
  });
  await rejects(readReadme(hub, INFO, { signal: stop.signal }), { code: "CANCELLED" });
});
