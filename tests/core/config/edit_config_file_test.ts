import assert from "node:assert/strict";
import { setInConfigFile, unsetInConfigFile } from "../../../core/config/edit_config_file.ts";
import type { SettingPath } from "../../../core/config/settings.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const context = { home: "/home/ada", baseDirectory: "/work" };
const change = (path: SettingPath, text: string) => ({ path, text, context });

Deno.test("setInConfigFile() makes the file and its folder", async () => {
  await using dir = await makeTempDir();
  const file = dir.join("new", "config.json");
  await setInConfigFile(file, change("download.limit_rate", "20M"));
  await setInConfigFile(file, change("download.connections", "4"));
  await setInConfigFile(file, change("models_dir", "~/m"));
  await setInConfigFile(file, change("mirrors", "https://a.example, https://b.example"));
  assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), {
    download: { limit_rate: "20M", connections: 4 },
    models_dir: "~/m",
    mirrors: ["https://a.example", "https://b.example"],
  });
});

Deno.test("setInConfigFile() keeps comments, order and other settings of YAML", async () => {
  await using dir = await makeTempDir();
  const file = await dir.write(
    "c.yaml",
    "# mine\nmodels_dir: /m # big disk\ndownload:\n  # polite\n  connections: 2\nlog:\n",
  );
  await setInConfigFile(file, change("download.connections", "4"));
  await setInConfigFile(file, change("log.level", "debug"));
  assert.equal(
    await Deno.readTextFile(file),
    "# mine\nmodels_dir: /m # big disk\ndownload:\n  # polite\n  connections: 4\nlog:\n  level: debug\n",
  );
});

Deno.test("setInConfigFile() replaces the older tool's key of the same setting", async () => {
  await using dir = await makeTempDir();
  const json = await dir.write("c.json", '{"max_retries": 3, "check_frequency": "daily"}');
  await setInConfigFile(json, change("download.max_retries", "7"));
  assert.deepEqual(JSON.parse(await Deno.readTextFile(json)), {
    check_frequency: "daily",
    download: { max_retries: 7 },
  });
  const yaml = await dir.write("c.yaml", "max_retries: 3\n");
  await setInConfigFile(yaml, change("download.max_retries", "7"));
  assert.equal(await Deno.readTextFile(yaml), "download:\n  max_retries: 7\n");
});

Deno.test("setInConfigFile() refuses a bad value and a damaged file, and leaves the file alone", async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("c.json", '{"log": {"level": "info"}}');
  await assert.rejects(setInConfigFile(file, change("download.connections", "99")), {
    code: "USAGE_ERROR",
    message: 'Cannot set "download.connections": it is 99: wanted a whole number from 1 to 16',
  });
  assert.equal(await Deno.readTextFile(file), '{"log": {"level": "info"}}');
  const broken = await dir.write("b.json", "{");
  await assert.rejects(setInConfigFile(broken, change("log.level", "debug")), { code: "CONFIG_INVALID" });
  assert.equal(await Deno.readTextFile(broken), "{");
});

Deno.test("unsetInConfigFile() removes a setting with its empty group, under either of its names", async () => {
  await using dir = await makeTempDir();
  const json = await dir.write("c.json", '{"log": {"level": "info"}, "max_retries": 3, "models_dir": "/m"}');
  assert.equal(await unsetInConfigFile(json, "log.level"), true);
  assert.equal(await unsetInConfigFile(json, "download.max_retries"), true);
  assert.equal(await unsetInConfigFile(json, "download.max_retries"), false);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(json)), { models_dir: "/m" });
  const yaml = await dir.write("c.yaml", "# top\nlog:\n  level: info\nmodels_dir: /m\n");
  assert.equal(await unsetInConfigFile(yaml, "log.level"), true);
  assert.match(await Deno.readTextFile(yaml), /^(?:# top\n+)?models_dir: \/m\n$/);
});
