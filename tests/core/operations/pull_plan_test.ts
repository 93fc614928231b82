import assert from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import type { HubClient } from "../../../core/hub/client.ts";
import type { Gating, ModelInfo } from "../../../core/hub/model.ts";
import { resolvePull } from "../../../core/operations/pull_plan.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

const INFO = {
  repo: "acme/m",
  revision: "main",
  commit: "c".repeat(40),
  disabled: false,
  gated: false as Gating,
  files: [
    { path: "README.md", sizeBytes: 3, digest: { algorithm: "git-sha1", hex: "a".repeat(40) } },
    { path: "m-Q8_0.gguf", sizeBytes: 100, digest: undefined },
  ],
};

/** Resolves against a Hub that masks a digest and lets the account in, or not. */
async function resolve(dir: TempDir, gated: Gating, refusal?: ModelManagerError): Promise<unknown> {
  using fixture = openOperations(dir);
  const hub = {
    modelInfo: () => Promise.resolve({ ...INFO, gated } as unknown as ModelInfo),
    authCheck: () => refusal === undefined ? Promise.resolve() : Promise.reject(refusal),
    modelPageUrl: (repo: string) => `https://hub.test/${repo}`,
  } as unknown as HubClient;
  const context = { ...fixture.context, hub: () => Promise.resolve(hub) };
  const { signal } = new AbortController();
  return await resolvePull(context, "acme/m:Q8_0", { request: { references: [] }, signal });
}

Deno.test("resolvePull() refuses files with masked digests with what the Hub says of the account", async () => {
  await using dir = await makeTempDir();
  const refusal = new ModelManagerError(
    "GATED",
    'Repository "acme/m" is gated and this account has no access',
  );
  await assert.rejects(resolve(dir, "manual", refusal), { code: "GATED", message: /has no access/ });
});

Deno.test("resolvePull() refuses masked digests although the account is let in, and fetches nothing unproved", async () => {
  await using dir = await makeTempDir();
  await assert.rejects(resolve(dir, "auto"), (error) => {
    assert.ok(error instanceof ModelManagerError);
    assert.equal(error.code, "GATED");
    assert.match(error.message, /hides the digest of "m-Q8_0\.gguf" of the gated repository "acme\/m"/);
    assert.match(error.hints.join("\n"), /https:\/\/hub\.test\/acme\/m\n.*mm login/);
    return true;
  });
  await assert.rejects(resolve(dir, false), { code: "FAILED", message: /states no digest/ });
});
