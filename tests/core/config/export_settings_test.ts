import assert from "node:assert/strict";
import { readConfigFile } from "../../../core/config/config_file.ts";
import { exportedSettings, formatExport } from "../../../core/config/export_settings.ts";
import { resolveSettings, type SettingLayer } from "../../../core/config/resolve_settings.ts";
import type { SettingPath, SettingValue } from "../../../core/config/settings.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const CONTEXT = { home: "/home", baseDirectory: "/" };

function layer(values: Partial<Record<SettingPath, SettingValue>>): SettingLayer {
  const entries = Object.entries(values) as [SettingPath, SettingValue][];
  return new Map(
    entries.map(([path, value]) => [path, { value, origin: { source: "environment", name: "X" } }]),
  );
}

Deno.test("formatExport() writes a file that gives the same settings again", async () => {
  await using dir = await makeTempDir();
  const resolved = resolveSettings([
    layer({
      "models_dir": "/models",
      "mirrors": ["https://a.example", "https://b.example"],
      "download.limit_rate": 20_000_000,
      "download.connections": 8,
      "cache.duration": 0,
      "log.level": "debug",
      "default_schedule.time": "07:30",
    }),
  ], CONTEXT);
  for (const format of ["json", "yaml"] as const) {
    const path = await dir.write(`all.${format}`, await formatExport(resolved, format));
    const read = await readConfigFile({ path, source: "user file" }, { home: "/elsewhere" });
    assert.deepEqual(resolveSettings([read], CONTEXT).settings, resolved.settings);
    assert.equal(read.get("download.connections")?.value, 8);
  }
});

Deno.test("exportedSettings() leaves out the number of connections that nobody set, for it would become exact", () => {
  const exported = exportedSettings(resolveSettings([], CONTEXT));
  const { download } = exported as { readonly download: Record<string, unknown> };
  assert.equal("connections" in download, false);
  assert.deepEqual([download["max_retries"], download["limit_rate"], exported["models_dir"]], [
    5,
    null,
    "/home/models",
  ]);
});
