import assert from "node:assert/strict";
import { runTestCli } from "../support/run_cli.ts";

Deno.test("mm config show --origin names the file, the variable and the option of each value", async () => {
  const run = await runTestCli(["config", "show", "--origin", "--json", "--models-dir", "/m"], {
    files: {
      "config/config.yaml": "download:\n  connections: 4\n",
      "work/mm.json": '{"log": {"level": "debug"}}',
    },
    environment: { MM_MAX_CONCURRENT: "3" },
  });
  const { settings, origins } = JSON.parse(run.stdout);
  assert.equal(settings.models_dir, "/m");
  assert.equal(settings.download.limit_rate, null);
  assert.deepEqual(origins["models_dir"], { source: "option", name: "--models-dir" });
  assert.deepEqual(origins["download.max_concurrent"], { source: "environment", name: "MM_MAX_CONCURRENT" });
  assert.deepEqual(origins["log.level"], { source: "project file", name: "[home]/work/mm.json" });
  assert.deepEqual(origins["download.connections"], {
    source: "user file",
    name: "[home]/config/config.yaml",
  });
  assert.deepEqual(origins["endpoint"], { source: "default" });
});

Deno.test("mm config show has units for people and plain numbers for programs", async () => {
  const environment = { MM_LIMIT_RATE: "20M" };
  const human = await runTestCli(["config", "show"], { environment });
  for (
    const line of [
      /^cleanup\.reserve +1\.07 GB$/m,
      /^cache\.duration +300 s$/m,
      /^download\.stall_timeout +30 s$/m,
      /^download\.limit_rate +20\.0 MB\/s$/m,
      /^cleanup\.age_days +30 days$/m,
      /^download\.connections +8$/m,
    ]
  ) assert.match(human.stdout, line);
  const quiet = await runTestCli(["config", "show", "-q"], { environment });
  assert.match(quiet.stdout, /^cleanup\.reserve=1073741824$/m);
  assert.equal((await runTestCli(["config", "get", "cleanup.reserve"])).stdout, "1073741824\n");
  const json = JSON.parse((await runTestCli(["config", "show", "--json"], { environment })).stdout);
  assert.deepEqual([json.settings.cache.duration, json.settings.download.limit_rate], [300, 20_000_000]);
});

Deno.test("mm config set writes the user's file, and says when something stronger counts", async () => {
  const plain = await runTestCli(["config", "set", "download.limit_rate", "20M"]);
  assert.deepEqual([plain.code, plain.stdout], [0, ""]);
  assert.deepEqual(JSON.parse(plain.read("config/config.json") ?? ""), { download: { limit_rate: "20M" } });
  assert.equal(plain.stderr, 'Set download.limit_rate to 20M in "[home]/config/config.json"\n');
  const hidden = await runTestCli(["config", "set", "download.connections", "2"], {
    environment: { MM_CONNECTIONS: "4" },
  });
  assert.match(hidden.stderr, /still set by the environment MM_CONNECTIONS, which counts more/);
});

Deno.test("mm config unset removes a setting and keeps the comments of YAML", async () => {
  const files = { "config/config.yaml": "# mine\n\nmodels_dir: /m\nlog: {level: debug} # loud\n" };
  const run = await runTestCli(["config", "unset", "models_dir"], { files });
  assert.equal(run.code, 0);
  assert.match(run.read("config/config.yaml") ?? "", /# mine[^]*# loud/);
  assert.doesNotMatch(run.read("config/config.yaml") ?? "", /models_dir/);
  const twice = await runTestCli(["config", "unset", "models_dir", "--json"]);
  assert.equal(JSON.parse(twice.stdout).removed, false);
});

Deno.test("mm config set refuses a damaged file and leaves it alone", async () => {
  const files = { "config/config.json": '{"log": ' };
  const run = await runTestCli(["config", "set", "log.level", "debug"], { files });
  assert.equal(run.code, 2);
  assert.match(run.stderr, /^error: Cannot read "\[home\]\/config\/config\.json" as JSON/);
  assert.equal(run.read("config/config.json"), '{"log": ');
});

Deno.test("mm config validate shows every problem with its line", async () => {
  const files = { "config/config.yaml": "download:\n  conections: 4\nlog:\n  level: loud\n" };
  const run = await runTestCli(["config", "validate"], { files });
  assert.equal(run.code, 2);
  assert.match(run.stderr, /caused by: line 2, column 3: there is no setting "download\.conections"/);
  assert.match(run.stderr, /caused by: line 4, column 3: "log\.level" is "loud"/);
  assert.match(run.stderr, /hint: Did you mean "download\.connections"/);
});

Deno.test("mm config path works while the file is damaged", async () => {
  const files = { "config/config.json": "{" };
  const run = await runTestCli(["config", "path"], { files });
  assert.deepEqual([run.code, run.stdout], [0, "[home]/config/config.json\n"]);
});

Deno.test("a damaged file stops every command that needs settings", async () => {
  const run = await runTestCli(["list", "--json"], { files: { "config/config.json": '{"models_dir": 5}' } });
  assert.equal(run.code, 2);
  assert.equal(JSON.parse(run.stdout).error.code, "CONFIG_INVALID");
});

Deno.test("mm config get and set name the settings of a group, and the one that was meant", async () => {
  const group = await runTestCli(["config", "get", "history"]);
  assert.equal(group.code, 2);
  assert.match(group.stderr, /"history" is a group of settings, not one[^]*hint: .*history\.keep_days/);
  const bare = await runTestCli(["config", "set", "connections", "4"]);
  assert.match(bare.stderr, /hint: Did you mean "download\.connections"\?/);
  const negative = await runTestCli(["config", "set", "history.keep_days", "-1"]);
  assert.equal(negative.code, 2);
  assert.match(negative.stderr, /it is -1: wanted a whole number from 0/);
});

Deno.test("mm config set says what it did, once, although other settings are wrong", async () => {
  const files = { "config/config.json": '{"models_dir": 5}' };
  const run = await runTestCli(["config", "set", "log.level", "debug", "--json"], { files });
  assert.equal(run.code, 0);
  assert.deepEqual(JSON.parse(run.stdout), {
    path: "log.level",
    value: "debug",
    file: "[home]/config/config.json",
  });
  assert.match(run.stderr, /^warning: The settings cannot be used yet: .*"models_dir" is 5/m);
  assert.match(run.read("config/config.json") ?? "", /"models_dir": 5,[^]*"level": "debug"/);
});

Deno.test("mm config validate FILE looks at that file alone", async () => {
  const files = { "config/config.json": "{", "other.yaml": "log: {level: loud}\n", "good.json": "{}" };
  const wrong = await runTestCli(["config", "validate", "[home]/other.yaml", "--json"], { files });
  assert.equal(wrong.code, 2);
  assert.match(
    JSON.parse(wrong.stdout).error.message,
    /line 1, column 7: "log\.level" is "loud": wanted one of/,
  );
  const good = await runTestCli(["config", "validate", "[home]/good.json", "--json"], { files });
  assert.deepEqual(JSON.parse(good.stdout), { valid: true, files: ["[home]/good.json"] });
});

Deno.test("mm config reset asks, keeps a backup, and works on a damaged file", async () => {
  const files = { "config/config.json": '{"log": ' };
  const asked = await runTestCli(["config", "reset"], { files });
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /hint: Say so: mm config reset --yes/);
  assert.equal(asked.read("config/config.json"), '{"log": ');
  const run = await runTestCli(["config", "reset", "--yes"], { files });
  assert.deepEqual([run.code, run.stdout], [0, ""]);
  assert.equal(run.read("config/config.json"), "{}\n");
  assert.equal(run.read("config/config.json.backup"), '{"log": ');
  assert.match(run.stderr, /the old file is "\[home\]\/config\/config\.json\.backup"/);
  const none = await runTestCli(["config", "reset", "--yes", "--json"]);
  assert.equal(JSON.parse(none.stdout).reset, false);
});

Deno.test("mm config reset KEY removes one setting", async () => {
  const files = { "config/config.json": '{"log": {"level": "debug"}, "models_dir": "/m"}' };
  const run = await runTestCli(["config", "reset", "log.level"], { files });
  assert.equal(run.code, 0);
  assert.deepEqual(JSON.parse(run.read("config/config.json") ?? ""), { models_dir: "/m" });
  assert.match((await runTestCli(["config", "reset", "log.levl"])).stderr, /Did you mean "log\.level"/);
});

Deno.test("mm config export writes what counts, without secrets, for --config", async () => {
  const environment = { MM_LIMIT_RATE: "20M", HF_TOKEN: "hf_thisIsASecretOfTheEnvironment" };
  const yaml = await runTestCli(["config", "export", "--format", "yaml", "--token", "hf_given"], {
    environment,
  });
  assert.equal(yaml.code, 0);
  assert.match(yaml.stdout, /^download:\n {2}max_concurrent: 1\n[^]*limit_rate: 20000000$/m);
  assert.doesNotMatch(yaml.stdout + yaml.stderr, /hf_/);
  const json = await runTestCli(["config", "export"], { environment });
  const again = await runTestCli(["config", "export", "--config", "[home]/all.json"], {
    files: { "all.json": json.stdout.replace("[home]", "~") },
  });
  assert.equal(again.stdout, json.stdout);
  assert.equal((await runTestCli(["config", "export", "--json"], { environment })).stdout, json.stdout);
});

Deno.test("the application learns which settings nobody set", async () => {
  const source = async (environment: Readonly<Record<string, string>>): Promise<string | undefined> => {
    let found: string | undefined;
    await runTestCli(["list"], {
      environment,
      onCreate: ({ origins }) => found = origins.get("download.connections")?.source,
    });
    return found;
  };
  assert.deepEqual([await source({}), await source({ MM_CONNECTIONS: "8" })], ["default", "environment"]);
});

Deno.test("--limit-rate takes 0, off and none for no limit, and refuses what is no rate", async () => {
  const limit = async (rate: string): Promise<unknown> => {
    let given: unknown = "none given";
    const run = await runTestCli(["pull", "acme/clip", "--limit-rate", rate], {
      manager: {
        // deno-lint-ignore require-yield
        async *pull(request) {
          given = request.limitBytesPerSecond;
          return await Promise.resolve([]);
        },
      },
    });
    return run.code === 0 ? given : run.code;
  };
  const rates = ["20M", "1.5KiB/s", "0", "0M", "off", "none", "fast", "0.2", "-1"];
  const read = [];
  for (const rate of rates) read.push(await limit(rate));
  assert.deepEqual(read, [20_000_000, 1536, null, null, null, null, 2, 2, 2]);
});
