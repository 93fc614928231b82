import assert from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { readConfigFile } from "../../../core/config/config_file.ts";
import {
  resetConfigFile,
  setInConfigFile,
  unsetInConfigFile,
} from "../../../core/config/edit_config_file.ts";
import type { SettingPath } from "../../../core/config/settings.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const context = { home: "/home/ada", baseDirectory: "/project" };
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

Deno.test("setInConfigFile() changes only what was asked for in JSON: layout and unknown keys stay", async () => {
  await using dir = await makeTempDir();
  const text = '{\n\t"$schema": "./s.json",\n\t"mine": {"b":1,"a":[1,2]},\n\n\t"log": {"level":"info"}\n}';
  const file = await dir.write("c.json", text);
  await setInConfigFile(file, change("log.level", "debug"));
  assert.equal(await Deno.readTextFile(file), text.replace('"info"', '"debug"'));
  await setInConfigFile(file, change("cleanup.auto", "true"));
  assert.equal(
    await Deno.readTextFile(file),
    text.replace('"info"}\n', '"debug"},\n\t"cleanup": {\n\t\t"auto": true\n\t}\n'),
  );
  await unsetInConfigFile(file, "cleanup.auto");
  await setInConfigFile(file, change("log.level", "info"));
  assert.equal(await Deno.readTextFile(file), text);
});

for (
  const [what, before, path, value, after] of [
    [
      "spaces, quotes and a remark on the line",
      "# top\r\n\r\ndownload: {connections: 2,   timeout: '5m'} # both\r\n",
      "download.connections",
      "4",
      "# top\r\n\r\ndownload: {connections: 4,   timeout: '5m'} # both\r\n",
    ],
    [
      "a new line in a group of its own indentation, before what follows",
      "download:\n    # polite\n    connections: 2 # few\n\n# disk\nmodels_dir: /m\n",
      "download.timeout",
      "5m",
      "download:\n    # polite\n    connections: 2 # few\n    timeout: 5m\n\n# disk\nmodels_dir: /m\n",
    ],
    [
      "a new group at the end, also after a last line without an end",
      "models_dir: /m # no line end",
      "log.level",
      "debug",
      "models_dir: /m # no line end\nlog:\n  level: debug\n",
    ],
    [
      "long lines and lists",
      `mirrors: [ https://a.example ]\n# ${"long ".repeat(40)}\nmodels_dir: ${"/long".repeat(40)}\n`,
      "mirrors",
      "https://b.example,https://c.example",
      `mirrors: [ https://b.example, https://c.example ]\n# ${"long ".repeat(40)}\nmodels_dir: ${
        "/long".repeat(40)
      }\n`,
    ],
    [
      "a text that would be a number or a remark",
      "check_frequency: daily # often\n",
      "models_dir",
      "/m # 1: 'x'",
      "check_frequency: daily # often\nmodels_dir: \"/m # 1: 'x'\"\n",
    ],
  ] as const
) {
  Deno.test(`setInConfigFile() keeps in YAML ${what}`, async () => {
    await using dir = await makeTempDir();
    const file = await dir.write("c.yaml", before);
    await setInConfigFile(file, change(path, value));
    assert.equal(await Deno.readTextFile(file), after);
  });
}

Deno.test("setInConfigFile() means a folder from where it was typed, and takes names that look like numbers", async () => {
  await using dir = await makeTempDir();
  const file = dir.join("c.json");
  await setInConfigFile(file, change("models_dir", "models"));
  assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), { models_dir: "/project/models" });
  await setInConfigFile(file, change("models_dir", "2024"));
  assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), { models_dir: "/project/2024" });
  await assert.rejects(setInConfigFile(file, change("models_dir", " ")), { code: "USAGE_ERROR" });
  await assert.rejects(setInConfigFile(file, change("log.level", "wraning")), (error) => {
    assert.ok(isModelManagerError(error));
    assert.equal(error.hints[0], 'Did you mean "warning" for log.level?');
    return true;
  });
});

Deno.test("setInConfigFile() loses nothing of what others set at the same time, and leaves no lock", async () => {
  await using dir = await makeTempDir();
  for (const name of ["c.json", "c.yaml"]) {
    const file = await dir.write(name, "");
    await Promise.all([
      setInConfigFile(file, change("download.connections", "4")),
      setInConfigFile(file, change("download.timeout", "60")),
      setInConfigFile(file, change("models_dir", "/m")),
      setInConfigFile(file, change("log.level", "debug")),
      setInConfigFile(file, change("cleanup.auto", "true")),
    ]);
    const layer = await readConfigFile({ path: file, source: "user file" }, { home: "/home/ada" });
    assert.equal(layer.size, 5);
  }
  assert.deepEqual([...Deno.readDirSync(dir.path)].map(({ name }) => name).sort(), ["c.json", "c.yaml"]);
});

Deno.test("setInConfigFile() takes a list as it is documented and shown, the empty one too", async () => {
  await using dir = await makeTempDir();
  const file = dir.join("config.json");
  const mirrors = async (text: string): Promise<unknown> => {
    await setInConfigFile(file, change("mirrors", text));
    return JSON.parse(await Deno.readTextFile(file)).mirrors;
  };
  assert.deepEqual(await mirrors('["https://a.example", "https://b.example"]'), [
    "https://a.example",
    "https://b.example",
  ]);
  assert.deepEqual(await mirrors("[]"), []);
  await assert.rejects(mirrors("[not an address]"));
});

Deno.test("resetConfigFile() keeps every file that it has emptied", async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("config.json", '{ "download": { "connections": 4 } }');
  const first = await resetConfigFile(file);
  await setInConfigFile(file, change("download.connections", "5"));
  const second = await resetConfigFile(file);
  assert.deepEqual([first, second], [`${file}.backup`, `${file}.backup.2`]);
  assert.match(await Deno.readTextFile(`${file}.backup`), /4/);
  assert.match(await Deno.readTextFile(`${file}.backup.2`), /5/);
});
