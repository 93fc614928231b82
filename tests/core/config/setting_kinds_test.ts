import assert from "node:assert/strict";
import fc from "fast-check";
import {
  findSetting,
  readSetting,
  SETTING_FIELDS,
  SETTING_PATHS,
} from "../../../core/config/setting_fields.ts";
import { expandPath, isTruthy, normalizeEndpoint } from "../../../core/config/setting_kinds.ts";
import type { SettingPath, SettingValue } from "../../../core/config/settings.ts";

const context = { home: "/home/ada", baseDirectory: "/project" };

const GOOD: readonly (readonly [SettingPath, unknown, SettingValue])[] = [
  ["models_dir", "~/models", "/home/ada/models"],
  ["models_dir", "~", "/home/ada"],
  ["models_dir", "./m/../n", "/project/n"],
  ["models_dir", "/abs/", "/abs"],
  ["models_dir", "~ada", "/project/~ada"],
  ["endpoint", "http://127.0.0.1:8801/", "http://127.0.0.1:8801"],
  ["endpoint", " https://HUB.example/base// ", "https://hub.example/base"],
  ["mirrors", ["https://a.example/"], ["https://a.example"]],
  ["mirrors", "https://a.example, https://b.example/", ["https://a.example", "https://b.example"]],
  ["mirrors", "", []],
  ["cache.duration", 0, 0],
  ["cache.duration", "5m", 300],
  ["cache.duration", "0s", 0],
  ["download.timeout", "90", 90],
  ["download.timeout", 0.5, 0.5],
  ["download.stall_timeout", "1h30m", 5400],
  ["download.connections", "16", 16],
  ["download.max_retries", 0, 0],
  ["download.limit_rate", "20M", 20_000_000],
  ["download.limit_rate", "1.5MiB/s", 1_572_864],
  ["download.limit_rate", "none", null],
  ["download.limit_rate", "off", null],
  ["download.limit_rate", 0, null],
  ["download.limit_rate", "0", null],
  ["download.limit_rate", "0M", null],
  ["download.limit_rate", null, null],
  ["download.limit_rate", " 08:00,2M  12:00,10M;23:00,off ", "08:00,2M 12:00,10M 23:00,off"],
  ["download.limit_rate", "Mon-08:00,512k Fri-18:00,off", "Mon-08:00,512k Fri-18:00,off"],
  ["download.verify", "ON", true],
  ["download.verify", "0", false],
  ["download.verify", false, false],
  ["cleanup.max_total_size", "100G", 100_000_000_000],
  ["cleanup.reserve", 0, 0],
  ["log.level", "WARN", "warning"],
  ["log.level", "CRITICAL", "fatal"],
  ["ui.theme", " Light", "light"],
  ["check_frequency", "Weekly", "weekly"],
  ["default_schedule.time", "7:05", "07:05"],
];

const BAD: readonly (readonly [SettingPath, unknown])[] = [
  ["models_dir", ""],
  ["models_dir", 5],
  ["models_dir", "a\0b"],
  ["endpoint", "huggingface.co"],
  ["endpoint", "ftp://huggingface.co"],
  ["endpoint", "https://user:secret@huggingface.co"],
  ["endpoint", "https://huggingface.co?x=1"],
  ["endpoint", "http://"],
  ["mirrors", ["https://a.example", "b"]],
  ["mirrors", { a: 1 }],
  ["cache.duration", -1],
  ["download.timeout", 0],
  ["download.timeout", "1e9"],
  ["download.timeout", Infinity],
  ["download.timeout", "40d"],
  ["download.connections", 0],
  ["download.connections", 17],
  ["download.connections", 2.5],
  ["download.connections", "eight"],
  ["download.connections", true],
  ["download.max_retries", -1],
  ["download.limit_rate", "fast"],
  ["download.limit_rate", "0.4"],
  ["download.limit_rate", -1],
  ["download.limit_rate", Infinity],
  ["cleanup.max_total_size", 0],
  ["download.verify", "maybe"],
  ["download.verify", null],
  ["cleanup.age_days", 0],
  ["log.level", "loud"],
  ["ui.theme", "blue"],
  ["default_schedule.time", "24:00"],
  ["default_schedule.time", "7"],
];

for (const [path, value, expected] of GOOD) {
  Deno.test(`readSetting() reads ${path} from ${JSON.stringify(value)}`, () => {
    assert.deepEqual(readSetting(path, value, context), { value: expected });
  });
}

for (const [path, value] of BAD) {
  Deno.test(`readSetting() refuses ${path} from ${JSON.stringify(value)}`, () => {
    const read = readSetting(path, value, context);
    assert.ok("problem" in read, `read as ${JSON.stringify(read)}`);
    assert.ok(read.problem.includes(`wanted ${SETTING_FIELDS[path].kind.wanted}`));
  });
}

Deno.test("readSetting() reads what it has read once more without a change", () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.double());
  fc.assert(fc.property(fc.constantFrom(...SETTING_PATHS), value, (path, given) => {
    const once = readSetting(path, given, context);
    if ("value" in once) assert.deepEqual(readSetting(path, once.value, context), once);
  }));
});

Deno.test("every default is a value of its own kind, and every older key leads to its setting", () => {
  for (const path of SETTING_PATHS) {
    assert.ok("value" in readSetting(path, SETTING_FIELDS[path].default, context), path);
    const { olderKey } = SETTING_FIELDS[path];
    if (olderKey !== undefined) assert.equal(findSetting(olderKey), path);
  }
  assert.equal(findSetting("download"), undefined);
  assert.equal(findSetting("toString"), undefined);
});

Deno.test("isTruthy() reads 1, ON, YES and TRUE in any case, as the Hub's tools do", () => {
  for (const text of ["1", "on", "ON", "Yes", "true", " TRUE "]) assert.equal(isTruthy(text), true, text);
  for (const text of [undefined, "", "0", "off", "no", "2", "y", "enabled"]) {
    assert.equal(isTruthy(text), false);
  }
});

Deno.test("normalizeEndpoint() gives a URL that it leaves alone", () => {
  fc.assert(fc.property(fc.webUrl(), (url) => {
    const once = normalizeEndpoint(url);
    assert.ok(once !== undefined && !once.endsWith("/"));
    assert.equal(normalizeEndpoint(`${once}/`), once);
  }));
});

Deno.test("expandPath() leaves a dollar sign in the home directory alone", () => {
  assert.equal(expandPath("~/m", { home: "/home/$&x", baseDirectory: "/" }), "/home/$&x/m");
});

Deno.test("readSetting() does not repeat a password", () => {
  const read = readSetting("endpoint", "https://user:secret@huggingface.co", context);
  assert.ok("problem" in read && !read.problem.includes("secret"), JSON.stringify(read));
});

Deno.test("readSetting() says which entry of a timetable is wrong", () => {
  const read = readSetting("download.limit_rate", "08:00,2M 25:00,off", context);
  assert.ok("problem" in read);
  assert.match(read.problem, /^is "08:00,2M 25:00,off": Cannot read "25:00,off" in the timetable/);
});
