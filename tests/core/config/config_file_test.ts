import assert from "node:assert/strict";
import { causeMessages, isModelManagerError, type ModelManagerError } from "../../../core/base/errors.ts";
import { type ConfigFile, readConfigFile } from "../../../core/config/config_file.ts";
import type { SettingPath, SettingValue } from "../../../core/config/settings.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

async function read(
  dir: TempDir,
  name: string,
  text: string,
  source: ConfigFile["source"] = "user file",
): Promise<
  Partial<Record<SettingPath, SettingValue>>
> {
  const path = await dir.write(name, text);
  const layer = await readConfigFile({ path, source }, { home: "/home/ada" });
  for (const { origin } of layer.values()) assert.deepEqual(origin, { source, name: path });
  return Object.fromEntries([...layer].map(([key, { value }]) => [key, value]));
}

async function refusal(
  dir: TempDir,
  name: string,
  text: string,
  source: ConfigFile["source"] = "user file",
): Promise<
  ModelManagerError
> {
  const error = await read(dir, name, text, source).then(() => undefined, (reason: unknown) => reason);
  assert.ok(isModelManagerError(error), "nothing was refused");
  assert.equal(error.code, "CONFIG_INVALID");
  assert.ok(error.message.includes(dir.join(name)), error.message);
  assert.ok(error.hints.length > 0);
  return error;
}

Deno.test("readConfigFile() reads JSON and YAML with the same content alike", async () => {
  await using dir = await makeTempDir();
  const json = await read(
    dir,
    "config.json",
    `{"models_dir": "~/m", "download": {"connections": 4, "limit_rate": "20M"}, "mirrors": ["https://a.example"]}`,
  );
  const yaml = await read(
    dir,
    "config.yaml",
    "# mine\nmodels_dir: ~/m\ndownload:\n  connections: 4\n  limit_rate: 20M\nmirrors:\n  - https://a.example/\n",
  );
  assert.deepEqual(json, {
    "models_dir": "/home/ada/m",
    "download.connections": 4,
    "download.limit_rate": 20_000_000,
    "mirrors": ["https://a.example"],
  });
  assert.deepEqual(yaml, json);
});

Deno.test("readConfigFile() reads the older tools' keys as they are", async () => {
  await using dir = await makeTempDir();
  const values = await read(
    dir,
    "config.yaml",
    [
      "download_directory: /data/models",
      "log_level: INFO",
      "max_retries: 7",
      "timeout_seconds: 120",
      "concurrent_downloads: 3",
      "check_frequency: weekly",
      "default_schedule:",
      "  enabled: true",
      "  type: daily",
      '  time: "02:30"',
      "  max_concurrent_downloads: 2",
    ].join("\n"),
  );
  assert.deepEqual(values, {
    "models_dir": "/data/models",
    "log.level": "info",
    "download.max_retries": 7,
    "download.timeout": 120,
    "download.max_concurrent": 3,
    "check_frequency": "weekly",
    "default_schedule.enabled": true,
    "default_schedule.type": "daily",
    "default_schedule.time": "02:30",
    "default_schedule.max_concurrent_downloads": 2,
  });
});

Deno.test("readConfigFile() takes a relative path from the file's own directory", async () => {
  await using dir = await makeTempDir();
  const values = await read(dir, "sub/mm.json", `{"models_dir": "models"}`, "project file");
  assert.deepEqual(values, { "models_dir": dir.join("sub", "models") });
});

Deno.test("readConfigFile() finds no settings in an empty file, an empty group and a byte order mark", async () => {
  await using dir = await makeTempDir();
  assert.deepEqual(await read(dir, "a.json", ""), {});
  assert.deepEqual(await read(dir, "b.yaml", "# nothing yet\n"), {});
  assert.deepEqual(await read(dir, "c.yaml", "download:\n"), {});
  assert.deepEqual(await read(dir, "d.json", '\uFEFF{"check_frequency": "never"}'), {
    "check_frequency": "never",
  });
});

for (
  const [name, text, outer, inner] of [
    [
      "c.json",
      `{\n  "models_dir": "/m",\n  "download": {\n    "conections": 4,\n    "timeout": 0\n  },\n  "lgo": {}\n}`,
      3,
      5,
    ],
    ["c.yaml", `models_dir: /m\n# two\ndownload:\n  conections: 4\n  timeout: 0\n\nlgo: {}\n`, 1, 3],
  ] as const
) {
  Deno.test(`readConfigFile() names all problems of ${name} at once, each with its line`, async () => {
    await using dir = await makeTempDir();
    const error = await refusal(dir, name, text);
    assert.ok(error.message.endsWith(": 3 problems"));
    assert.deepEqual(causeMessages(error), [
      `line 4, column ${inner}: there is no setting "download.conections"`,
      `line 5, column ${inner}: "download.timeout" is 0: wanted seconds above zero, or a duration such as 90s or 5m`,
      `line 7, column ${outer}: there is no setting "lgo"`,
    ]);
    assert.ok(error.hints.includes('Did you mean "download.connections" for "download.conections"?'));
    assert.ok(error.hints.includes('Did you mean "log" for "lgo"?'));
  });
}

Deno.test("readConfigFile() says a single problem in the message itself", async () => {
  await using dir = await makeTempDir();
  const error = await refusal(dir, "c.yaml", "download:\n  connections: 99\n");
  assert.ok(
    error.message.endsWith(
      'line 2, column 3: "download.connections" is 99: wanted a whole number from 1 to 16',
    ),
    error.message,
  );
  assert.deepEqual(causeMessages(error), []);
});

Deno.test("readConfigFile() refuses two names of one setting, and a value where a group is wanted", async () => {
  await using dir = await makeTempDir();
  const twice = await refusal(dir, "a.yaml", "models_dir: /a\ndownload_directory: /b\n");
  assert.ok(
    twice.message.endsWith('line 2, column 1: "models_dir" and "download_directory" are the same setting'),
  );
  const group = await refusal(dir, "b.yaml", "download: fast\n");
  assert.ok(group.message.endsWith('line 1, column 1: "download" is "fast": wanted a group of settings'));
  const list = await refusal(dir, "c.json", "[]");
  assert.ok(list.message.endsWith("it holds []: wanted settings by name"));
});

Deno.test("readConfigFile() refuses an endpoint in a project file, because the token is sent there", async () => {
  await using dir = await makeTempDir();
  const error = await refusal(dir, "mm.json", `{"endpoint": "https://evil.example"}`, "project file");
  assert.match(error.message, /line 1, column 2: "endpoint" cannot be set in a project file/);
  assert.deepEqual(await read(dir, "u.json", `{"endpoint": "https://my.example"}`), {
    "endpoint": "https://my.example",
  });
});

Deno.test("readConfigFile() names line and column of broken JSON and broken YAML", async () => {
  await using dir = await makeTempDir();
  const json = await refusal(dir, "c.json", '{\n  "models_dir": "/m"\n  "endpoint": 1\n}');
  assert.match(json.message, /line 3/);
  const yaml = await refusal(dir, "c.yaml", "models_dir: /m\ndownload: {connections: 4\n");
  assert.match(yaml.message, /line \d+, column \d+: it is not YAML/);
});

Deno.test("readConfigFile() refuses a file that is not there", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("none.json");
  await assert.rejects(readConfigFile({ path, source: "user file" }, { home: "/" }), {
    code: "CONFIG_INVALID",
    message: `Cannot use the configuration file "${path}": it does not exist`,
  });
});

Deno.test("readConfigFile() is not misled by names of the object prototype", async () => {
  await using dir = await makeTempDir();
  const error = await refusal(dir, "c.json", '{"__proto__": {"models_dir": "/x"}, "constructor": 1}');
  assert.ok(error.message.endsWith(": 2 problems"));
});

Deno.test("readConfigFile() refuses a name that stands twice in JSON, where the last one would silently count", async () => {
  await using dir = await makeTempDir();
  const error = await refusal(dir, "c.json", '{"log": {"level": "info",\n "level": "debug"}}');
  assert.ok(
    error.message.endsWith('line 2, column 2: "log.level" stands there more than once'),
    error.message,
  );
});

Deno.test("readConfigFile() suggests the word that was meant, and finds places in JSON with tabs", async () => {
  await using dir = await makeTempDir();
  const error = await refusal(dir, "c.json", '{\n\t"check_frequency": "weakly"\n}');
  assert.match(error.message, /line 2, column 2: "check_frequency" is "weakly": wanted one of never, hourly/);
  assert.equal(error.hints[0], 'Did you mean "weekly" for check_frequency?');
});

Deno.test("readConfigFile() refuses a second YAML document, which would be passed over", async () => {
  await using dir = await makeTempDir();
  const error = await refusal(dir, "c.yaml", "models_dir: /a\n---\nmodels_dir: /b\n");
  assert.match([error.message, ...error.hints].join(), /line 2, column 1: .*multiple documents/i);
});

Deno.test("readConfigFile() tells the way of the older daemon's window, and passes over none that counts", async () => {
  await using dir = await makeTempDir();
  const window = '{"enabled": true, "start_time": "21:30", "end_time": "6:15", "timezone": "local"}';
  const error = await refusal(
    dir,
    "c.json",
    `{"default_schedule": {"time": "22:00", "time_window": ${window}}}`,
  );
  assert.match(error.message, /there is no setting "default_schedule\.time_window"/);
  assert.equal(
    error.hints[0],
    "Take it out, and make the schedule: mm schedule create --name nightly --type daily --time 21:30 --until 6:15",
  );
  const off = '{"default_schedule": {"time": "22:00", "time_window": {"enabled": false}}}';
  assert.deepEqual(await read(dir, "d.json", off), { "default_schedule.time": "22:00" });
});
