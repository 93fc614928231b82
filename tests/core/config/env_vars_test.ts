import assert from "node:assert/strict";
import {
  configFileFromEnvironment,
  ENVIRONMENT_VARIABLES,
  isOfflineEnvironment,
  settingsFromEnvironment,
  variablesOf,
} from "../../../core/config/env_vars.ts";
import { SETTING_FIELDS } from "../../../core/config/setting_fields.ts";

const context = { home: "/home/ada", baseDirectory: "/project" };

function values(environment: Record<string, string>): Record<string, unknown> {
  const { layer, problems } = settingsFromEnvironment(environment, context);
  assert.deepEqual(problems, []);
  return Object.fromEntries([...layer].map(([path, { value, origin }]) => [path, [value, origin.name]]));
}

Deno.test("ENVIRONMENT_VARIABLES names each variable once, and only settings that exist", () => {
  const names = ENVIRONMENT_VARIABLES.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, setting } of ENVIRONMENT_VARIABLES) {
    assert.ok(setting === undefined || Object.hasOwn(SETTING_FIELDS, setting), name);
  }
});

Deno.test("settingsFromEnvironment() reads our variables, the older tools' and the Hub's", () => {
  assert.deepEqual(
    values({
      MM_MODELS_DIR: "~/m",
      MM_LOG_LEVEL: "debug",
      MM_CONNECTIONS: "4",
      MM_MAX_CONCURRENT: "2",
      MM_LIMIT_RATE: "20M",
      MM_THEME: "High-Contrast",
      HF_DOWNLOADER_TIMEOUT: "60",
      HF_DOWNLOADER_MAX_RETRIES: "9",
      HF_ENDPOINT: "http://localhost:8080/",
      HF_HUB_DOWNLOAD_TIMEOUT: "15",
    }),
    {
      "models_dir": ["/home/ada/m", "MM_MODELS_DIR"],
      "log.level": ["debug", "MM_LOG_LEVEL"],
      "download.connections": [4, "MM_CONNECTIONS"],
      "download.max_concurrent": [2, "MM_MAX_CONCURRENT"],
      "download.limit_rate": [20_000_000, "MM_LIMIT_RATE"],
      "ui.theme": ["high-contrast", "MM_THEME"],
      "download.timeout": [60, "HF_DOWNLOADER_TIMEOUT"],
      "download.max_retries": [9, "HF_DOWNLOADER_MAX_RETRIES"],
      "endpoint": ["http://localhost:8080", "HF_ENDPOINT"],
      "download.stall_timeout": [15, "HF_HUB_DOWNLOAD_TIMEOUT"],
    },
  );
});

Deno.test("settingsFromEnvironment() prefers our variable to the older tool's and takes empty for not set", () => {
  assert.deepEqual(values({ MM_MODELS_DIR: "/ours", HF_DOWNLOADER_DOWNLOAD_DIR: "/older" }), {
    "models_dir": ["/ours", "MM_MODELS_DIR"],
  });
  assert.deepEqual(values({ MM_MODELS_DIR: " ", HF_DOWNLOADER_DOWNLOAD_DIR: "/older" }), {
    "models_dir": ["/older", "HF_DOWNLOADER_DOWNLOAD_DIR"],
  });
});

Deno.test("settingsFromEnvironment() names every variable that cannot be read", () => {
  const { problems } = settingsFromEnvironment({ MM_CONNECTIONS: "many", HF_ENDPOINT: "hub" }, context);
  assert.deepEqual(problems, [
    'The variable MM_CONNECTIONS is "many": wanted a whole number from 1 to 16',
    'The variable HF_ENDPOINT is "hub": wanted an http or https URL without user name, query and fragment',
  ]);
});

Deno.test("configFileFromEnvironment() prefers MM_CONFIG", () => {
  assert.equal(configFileFromEnvironment({}), undefined);
  assert.deepEqual(configFileFromEnvironment({ HF_DOWNLOADER_CONFIG_PATH: "/o" }), {
    path: "/o",
    name: "HF_DOWNLOADER_CONFIG_PATH",
  });
  assert.deepEqual(configFileFromEnvironment({ MM_CONFIG: "/m", HF_DOWNLOADER_CONFIG_PATH: "/o" }), {
    path: "/m",
    name: "MM_CONFIG",
  });
});

Deno.test("isOfflineEnvironment() follows HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE", () => {
  assert.equal(isOfflineEnvironment({ HF_HUB_OFFLINE: "1" }), true);
  assert.equal(isOfflineEnvironment({ TRANSFORMERS_OFFLINE: "yes" }), true);
  assert.equal(isOfflineEnvironment({ HF_HUB_OFFLINE: "0" }), false);
});

Deno.test("variablesOf() names the variables of a setting, the strongest first", () => {
  assert.deepEqual(variablesOf("models_dir"), ["MM_MODELS_DIR", "HF_DOWNLOADER_DOWNLOAD_DIR"]);
  assert.deepEqual(variablesOf("cleanup.auto"), []);
});
