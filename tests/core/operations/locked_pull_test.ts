import assert from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import type { HubClient } from "../../../core/hub/client.ts";
import { requireRenamed } from "../../../core/operations/locked_pull.ts";
import type { LockedModel } from "../../../core/library/manifest_lock.ts";

/** A Hub whose kept replies still have the old name. */
function renamingHub(now: string): Pick<HubClient, "modelInfo"> {
  return {
    modelInfo: (repo, { fresh = false } = {}) =>
      Promise.resolve({ repo: fresh ? now : repo } as Awaited<ReturnType<HubClient["modelInfo"]>>),
  };
}

const LOCKED = { name: "acme/a:Q4_K_M", repo: "acme/anew" } as LockedModel;

function check(hub: Pick<HubClient, "modelInfo">): Promise<void> {
  const context = { hub: () => Promise.resolve(hub as HubClient) };
  return requireRenamed(context, LOCKED, new AbortController().signal);
}

Deno.test("requireRenamed() asks the Hub anew: what it said before the renaming is of no use", async () => {
  await check(renamingHub("acme/anew"));
});

Deno.test("requireRenamed() refuses a lock whose repository is another one", async () => {
  await assert.rejects(check(renamingHub("acme/else")), (error: unknown) => {
    assert.ok(isModelManagerError(error) && error.code === "CONFIG_INVALID");
    assert.match(error.message, /the Hub knows that repository as "acme\/else"/);
    return true;
  });
});
