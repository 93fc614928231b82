import assert from "node:assert/strict";
import { resolveDirectories } from "../../../core/platform/dirs.ts";

Deno.test("resolveDirectories() follows XDG on Linux", () => {
  assert.deepEqual(resolveDirectories({ HOME: "/home/ada" }, { os: "linux" }), {
    home: "/home/ada",
    config: "/home/ada/.config/model-manager",
    state: "/home/ada/.local/state/model-manager",
    cache: "/home/ada/.cache/model-manager",
    logs: "/home/ada/.local/state/model-manager/logs",
    modelsDefault: "/home/ada/models",
  });
  const variables = { HOME: "/h", XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s", XDG_CACHE_HOME: "relative" };
  const { config, state, logs, cache } = resolveDirectories(variables, { os: "linux" });
  assert.deepEqual([config, state, logs], ["/c/model-manager", "/s/model-manager", "/s/model-manager/logs"]);
  assert.equal(cache, "/h/.cache/model-manager", "a relative path is ignored");
});

Deno.test("resolveDirectories() follows Apple's customs unless XDG is set", () => {
  const { config, state, cache } = resolveDirectories({ HOME: "/Users/ada" }, { os: "darwin" });
  assert.equal(config, "/Users/ada/Library/Application Support/model-manager");
  assert.equal(state, "/Users/ada/Library/Application Support/model-manager/state");
  assert.equal(cache, "/Users/ada/Library/Caches/model-manager");
  const set = resolveDirectories({ HOME: "/Users/ada", XDG_CONFIG_HOME: "/c" }, { os: "darwin" });
  assert.equal(set.config, "/c/model-manager");
});

Deno.test("resolveDirectories() follows Windows", () => {
  const variables = { USERPROFILE: "C:\\Users\\Ada", APPDATA: "D:\\Roaming", LOCALAPPDATA: "" };
  assert.deepEqual(resolveDirectories(variables, { os: "windows" }), {
    home: "C:\\Users\\Ada",
    config: "D:\\Roaming\\model-manager",
    state: "C:\\Users\\Ada\\AppData\\Local\\model-manager\\state",
    cache: "C:\\Users\\Ada\\AppData\\Local\\model-manager\\cache",
    logs: "C:\\Users\\Ada\\AppData\\Local\\model-manager\\state\\logs",
    modelsDefault: "C:\\Users\\Ada\\models",
  });
});

Deno.test("resolveDirectories() lets MM_STATE_DIR decide on state and logs", () => {
  const at = (value: string): string =>
    resolveDirectories({ HOME: "/h", XDG_STATE_HOME: "/s", MM_STATE_DIR: value }, { os: "linux" }).logs;
  assert.equal(at("/state"), "/state/logs");
  assert.equal(at("~/state"), "/h/state/logs");
  assert.equal(at(""), "/s/model-manager/logs");
});

Deno.test("resolveDirectories() takes a given home folder, and says when there is none", () => {
  assert.equal(resolveDirectories({ HOME: "/h" }, { os: "linux", home: "/other" }).home, "/other");
  assert.throws(() => resolveDirectories({}, { os: "linux" }), {
    code: "CONFIG_INVALID",
    message: "Cannot find the home folder: HOME is not set",
  });
  assert.throws(() => resolveDirectories({ HOME: "/h" }, { os: "windows" }), { message: /USERPROFILE/ });
});

Deno.test("resolveDirectories() does not call a variable unset that the process may not read", () => {
  const refused = ["HOME", "XDG_STATE_HOME"];
  assert.throws(() => resolveDirectories({}, { os: "linux", refused }), {
    code: "PERMISSION_ERROR",
    message: 'Not allowed to read the variable "HOME": the program was started without that right',
    hints: [
      "Add the flag --allow-env=HOME to deno run: with it, mm takes its settings from variables",
      "See the flags for everything it needs here: mm doctor --permissions pull",
    ],
  });
  assert.throws(() => resolveDirectories({}, { os: "windows", refused }), { code: "CONFIG_INVALID" });
  assert.equal(resolveDirectories({}, { os: "linux", refused, home: "/h" }).home, "/h");
});

Deno.test("resolveDirectories() keeps the state beside the older tool's database, unless a folder is named", () => {
  const state = (variables: Record<string, string>): string =>
    resolveDirectories({ HOME: "/home/ada", ...variables }, { os: "linux" }).state;
  assert.equal(state({ HF_DOWNLOADER_DB_PATH: "/var/lib/older/hf.db" }), "/var/lib/older");
  assert.equal(state({ HF_DOWNLOADER_DB_PATH: "~/db/hf.db" }), "/home/ada/db");
  assert.equal(state({ HF_DOWNLOADER_DB_PATH: "/var/hf.db", MM_STATE_DIR: "/state" }), "/state");
  for (const path of ["", "hf.db", ":memory:"]) {
    assert.equal(state({ HF_DOWNLOADER_DB_PATH: path }), "/home/ada/.local/state/model-manager");
  }
});
