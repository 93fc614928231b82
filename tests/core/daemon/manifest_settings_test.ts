import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { readManifestSettings, withManifest } from "../../../core/daemon/manifest_settings.ts";
import type { ManifestSettings } from "../../../core/library/manifest.ts";
import { fakeManager } from "../../support/fake_manager.ts";
import { openDaemon } from "./daemon_fixture.ts";

const WANTED: ManifestSettings = {
  autoCleanup: true,
  cleanupAgeDays: 7,
  maxTotalBytes: 1_000,
  checkFrequency: "weekly",
};

Deno.test("withManifest() follows the manifest where nobody has said otherwise, and lifts no limit", async () => {
  await using fixture = await openDaemon();
  const found = await fixture.settings("{}");
  const { settings } = withManifest(found, WANTED);
  deepStrictEqual(
    [
      settings.cleanup.auto,
      settings.cleanup.age_days,
      settings.cleanup.max_total_size,
      settings.check_frequency,
    ],
    [true, 7, 1_000, "weekly"],
  );
  const own = await fixture.settings(
    '{"cleanup":{"auto":false,"age_days":3,"max_total_size":500},"check_frequency":"daily"}',
  );
  strictEqual(withManifest(own, WANTED), own);
  strictEqual(withManifest(found, undefined), found);
  const silent = { autoCleanup: undefined, cleanupAgeDays: undefined, maxTotalBytes: undefined };
  strictEqual(withManifest(found, { ...silent, checkFrequency: undefined }), found);
});

Deno.test("readManifestSettings() takes no manifest for an answer, and a broken one for none", async () => {
  const { manifest } = fakeManager();
  const failing = (code: "NOT_FOUND" | "CONFIG_INVALID") => ({
    manifest: {
      ...manifest,
      list: () => Promise.reject(new ModelManagerError(code, "It is so", { hints: [] })),
    },
  });
  strictEqual(await readManifestSettings(failing("NOT_FOUND")), undefined);
  await rejects(readManifestSettings(failing("CONFIG_INVALID")), /It is so/);
});
