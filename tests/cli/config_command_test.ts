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
  assert.equal(plain.stderr, 'Set download.limit_rate in "[home]/config/config.json"\n');
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
  assert.match(run.stderr, /caused by: line 2: there is no setting "download\.conections"/);
  assert.match(run.stderr, /caused by: line 4: "log\.level" is "loud"/);
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
