import assert from "node:assert/strict";
import { loadSettings, type LoadSettingsOptions } from "../../../core/config/load_settings.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

async function optionsIn(
  dir: TempDir,
  change: Partial<LoadSettingsOptions> = {},
): Promise<LoadSettingsOptions> {
  await dir.write("work/.keep");
  return {
    configDirectory: dir.join("config"),
    home: dir.path,
    workingDirectory: dir.join("work"),
    environment: {},
    ...change,
  };
}

Deno.test("loadSettings() needs no file", async () => {
  await using dir = await makeTempDir();
  const { settings, files } = await loadSettings(await optionsIn(dir));
  assert.equal(settings.models_dir, dir.join("models"));
  assert.deepEqual(files, {
    userFile: dir.join("config", "config.json"),
    userFileExists: false,
    projectFile: undefined,
    skipped: [],
  });
});

Deno.test(
  {
    name: "loadSettings() skips files that nobody named and that it has no right to read",
    permissions: { read: false },
  },
  async () => {
    const options: LoadSettingsOptions = {
      configDirectory: "/config",
      home: "/home",
      workingDirectory: "/project",
      environment: { MM_CONNECTIONS: "3" },
    };
    const { settings, files } = await loadSettings(options);
    assert.equal(settings.download.connections, 3);
    assert.deepEqual(files.skipped.toSorted(), [
      "/config/config.json",
      "/config/config.yaml",
      "/config/config.yml",
      "/project/mm.json",
      "/project/mm.yaml",
      "/project/mm.yml",
    ]);
    assert.equal(files.userFileExists, false);
    // A file that was asked for has to be read.
    for (const named of [{ configFile: "/own.json" }, { environment: { MM_CONFIG: "/own.json" } }]) {
      await assert.rejects(loadSettings({ ...options, ...named }), { code: "PERMISSION_ERROR" });
    }
  },
);

Deno.test("loadSettings() puts option over variable over project file over user file", async () => {
  await using dir = await makeTempDir();
  await dir.write(
    "config/config.yaml",
    "models_dir: /user\nlog: {level: error}\ndownload: {connections: 2, timeout: 9}\n",
  );
  await dir.write(
    "work/mm.json",
    '{"models_dir": "./project", "log": {"level": "debug"}, "download": {"connections": 3}}',
  );
  const { settings, origins } = await loadSettings(
    await optionsIn(dir, {
      environment: { MM_MODELS_DIR: "/variable", MM_LOG_LEVEL: "fatal" },
      options: [{ setting: "models_dir", name: "--models-dir", text: "option" }],
    }),
  );
  assert.equal(settings.models_dir, dir.join("work", "option"));
  assert.equal(settings.log.level, "fatal");
  assert.equal(settings.download.connections, 3);
  assert.equal(settings.download.timeout, 9);
  assert.deepEqual(origins.get("models_dir"), { source: "option", name: "--models-dir" });
  assert.deepEqual(origins.get("log.level"), { source: "environment", name: "MM_LOG_LEVEL" });
  assert.deepEqual(origins.get("download.connections"), {
    source: "project file",
    name: dir.join("work", "mm.json"),
  });
  assert.deepEqual(origins.get("download.timeout"), {
    source: "user file",
    name: dir.join("config", "config.yaml"),
  });
});

Deno.test("loadSettings() reads the file that --config or MM_CONFIG names instead of the user's own", async () => {
  await using dir = await makeTempDir();
  await dir.write("config/config.json", '{"download": {"timeout": 1}}');
  await dir.write("a.json", '{"download": {"connections": 1}}');
  await dir.write("b.yml", "download: {connections: 2}");
  const variable = await loadSettings(await optionsIn(dir, { environment: { MM_CONFIG: "~/a.json" } }));
  assert.equal(variable.settings.download.connections, 1);
  assert.equal(variable.settings.download.timeout, 300);
  const option = await loadSettings(
    await optionsIn(dir, { environment: { MM_CONFIG: "~/a.json" }, configFile: "../b.yml" }),
  );
  assert.equal(option.settings.download.connections, 2);
});

Deno.test("loadSettings() refuses a named file that is not there, and two files of one rank", async () => {
  await using dir = await makeTempDir();
  await assert.rejects(loadSettings(await optionsIn(dir, { configFile: "/no/such.json" })), {
    code: "CONFIG_INVALID",
  });
  await dir.write("config/config.json", "{}");
  await dir.write("config/config.yaml", "");
  await assert.rejects(loadSettings(await optionsIn(dir)), {
    code: "CONFIG_INVALID",
    message: `Cannot tell which file to use: both "${dir.join("config", "config.json")}" and "${
      dir.join("config", "config.yaml")
    }" exist`,
  });
});

Deno.test("loadSettings() refuses a bad option as misuse and a bad variable as configuration", async () => {
  await using dir = await makeTempDir();
  await assert.rejects(
    loadSettings(
      await optionsIn(dir, { options: [{ setting: "endpoint", name: "--endpoint", text: "ftp://x" }] }),
    ),
    {
      code: "USAGE_ERROR",
      message:
        'The option --endpoint is "ftp://x": wanted an http or https URL without user name, query and fragment',
    },
  );
  await assert.rejects(loadSettings(await optionsIn(dir, { environment: { MM_CONNECTIONS: "0" } })), {
    code: "CONFIG_INVALID",
    message: 'The variable MM_CONNECTIONS is "0": wanted a whole number from 1 to 16',
  });
});
