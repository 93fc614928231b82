import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import fc from "fast-check";
import { formatLogRecord, messageOf, parseLogLine } from "../../../core/daemon/log_record.ts";

const TOKEN = `hf_${"aSecretOfTheTest".repeat(2)}`;

function record(message: readonly unknown[], properties: Record<string, unknown> = {}): LogRecord {
  return {
    category: ["mm", "queue"],
    level: "info",
    message,
    rawMessage: "",
    timestamp: Date.UTC(2025, 0, 1),
    properties,
  };
}

Deno.test("formatLogRecord() is one line of JSON with time, level, area, message and facts", () => {
  const line = formatLogRecord(
    record(["Job ", "1abc", " is ", { a: 1 }, ""], { job: "1abc", text: "whole" }),
  );
  deepStrictEqual(JSON.parse(line), {
    time: "2025-01-01T00:00:00.000Z",
    level: "info",
    area: "queue",
    message: 'Job 1abc is {"a":1}',
    job: "1abc",
  });
  ok(!line.includes("\n"));
});

Deno.test("formatLogRecord() takes secrets out of messages, facts, errors and names", () => {
  const line = formatLogRecord(record([`token ${TOKEN} and `, new Error(`Bearer ${TOKEN}`), ""], {
    url: `https://me:${TOKEN}@host/x?sig=${TOKEN}`,
    deep: { list: [`authorization: ${TOKEN}`], password: "plain words" },
    token: "anything",
    reason: `line\nwith ${TOKEN} "quoted\\"`,
  }));
  ok(!line.includes(TOKEN.slice(4)), line);
  ok(!line.includes("plain words") && !line.includes("anything"));
  ok(parseLogLine(line) !== undefined, "it is JSON still");
});

Deno.test("formatLogRecord() always gives JSON, and no token survives in it", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (before, after, facts) => {
        const line = formatLogRecord(
          record([`${before} `, TOKEN, ` ${after}`], { ...facts, what: `${before} ${TOKEN} ${after}` }),
        );
        strictEqual(parseLogLine(line)?.area, "queue");
        ok(!line.includes(TOKEN));
      },
    ),
  );
});

Deno.test("messageOf() shows values that are no text, and ends nothing that is endless", () => {
  const endless: Record<string, unknown> = {};
  endless["self"] = endless;
  ok(messageOf(record(["", endless, ""])).length < 200);
  strictEqual(messageOf(record(["", 7n, " ", undefined, ""])), "7 ");
});

Deno.test("parseLogLine() passes over what is no line of ours", () => {
  for (const text of ["", "{", '{"time":"x"}', "null", '"text"', "[]"]) {
    strictEqual(parseLogLine(text), undefined);
  }
});
