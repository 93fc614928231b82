import assert from "node:assert/strict";
import fc from "fast-check";
import {
  defaultLayer,
  nestSettings,
  type OriginatedValue,
  resolveSettings,
  type SettingLayer,
  type SettingOrigin,
  settingValue,
} from "../../../core/config/resolve_settings.ts";
import { SETTING_PATHS } from "../../../core/config/setting_fields.ts";
import type { SettingPath, SettingValue } from "../../../core/config/settings.ts";

const context = { home: "/home/ada", baseDirectory: "/project" };

function layer(
  source: SettingOrigin["source"],
  values: Partial<Record<SettingPath, SettingValue>>,
): SettingLayer {
  const entries = Object.entries(values) as [SettingPath, SettingValue][];
  return new Map(entries.map(([path, value]) => [path, { value, origin: { source, name: source } }]));
}

Deno.test("resolveSettings() gives the defaults of the design when nothing is set", () => {
  const { settings, origins } = resolveSettings([], context);
  assert.deepEqual(settings, {
    models_dir: "/home/ada/models",
    endpoint: "https://huggingface.co",
    mirrors: [],
    cache: { duration: 300 },
    download: {
      max_concurrent: 1,
      connections: 8,
      timeout: 300,
      stall_timeout: 30,
      max_retries: 5,
      limit_rate: null,
      verify: true,
      reuse: "link",
    },
    updates: { check: true },
    cleanup: { auto: false, age_days: 30, max_total_size: null, reserve: 1_073_741_824 },
    history: { keep_days: 0 },
    check_frequency: "daily",
    log: { level: "info" },
    ui: { theme: "dark" },
    default_schedule: { enabled: false, type: "daily", time: "23:00", max_concurrent_downloads: 1 },
  });
  assert.deepEqual([...origins.keys()], [...SETTING_PATHS]);
  assert.ok([...origins.values()].every(({ source }) => source === "default"));
});

Deno.test("resolveSettings() takes each value from the strongest layer that has it", () => {
  const { settings, origins } = resolveSettings([
    layer("option", { "models_dir": "/a" }),
    layer("environment", { "models_dir": "/b", "download.connections": 2 }),
    layer("project file", { "download.connections": 3, "log.level": "debug" }),
    layer("user file", { "log.level": "error", "download.limit_rate": 5, "download.max_retries": 0 }),
  ], context);
  assert.equal(settings.models_dir, "/a");
  assert.equal(settings.download.connections, 2);
  assert.equal(settings.log.level, "debug");
  assert.equal(settings.download.limit_rate, 5);
  assert.equal(settings.download.max_retries, 0);
  assert.equal(settings.download.timeout, 300);
  const sources = [
    "models_dir",
    "download.connections",
    "log.level",
    "download.limit_rate",
    "endpoint",
  ] as const;
  assert.deepEqual(
    sources.map((path) => origins.get(path)?.source),
    ["option", "environment", "project file", "user file", "default"],
  );
});

Deno.test("resolveSettings() lets null in a strong layer win over a value in a weak one", () => {
  const { settings } = resolveSettings([
    layer("environment", { "download.limit_rate": null }),
    layer("user file", { "download.limit_rate": 7 }),
  ], context);
  assert.equal(settings.download.limit_rate, null);
});

Deno.test("resolveSettings() reports for every setting the first layer that holds it", () => {
  const number = fc.integer({ min: 1, max: 16 });
  const layerOf = fc.dictionary(fc.constantFrom(...SETTING_PATHS), number).map((values) =>
    new Map(
      Object.entries(values).map(([path, value]): [SettingPath, OriginatedValue] => [
        path as SettingPath,
        { value, origin: { source: "user file" } },
      ]),
    )
  );
  fc.assert(fc.property(fc.array(layerOf, { maxLength: 4 }), (layers) => {
    const { settings, origins } = resolveSettings(layers, context);
    const defaults = defaultLayer(context);
    for (const path of SETTING_PATHS) {
      const expected = layers.find((candidate) => candidate.has(path))?.get(path) ?? defaults.get(path);
      assert.deepEqual(settingValue(settings, path), expected?.value);
      assert.deepEqual(origins.get(path), expected?.origin);
    }
  }));
});

Deno.test("nestSettings() keeps what is missing missing", () => {
  assert.deepEqual(
    nestSettings([["download.connections", 3], ["models_dir", "/m"], ["download.verify", false]]),
    {
      download: { connections: 3, verify: false },
      models_dir: "/m",
    },
  );
});
