import assert from "node:assert/strict";
import fc from "fast-check";
import { deleteInJsonText, repeatedKeys, setInJsonText } from "../../../core/config/json_text.ts";

Deno.test("setInJsonText() keeps order, spacing and indentation of everything else", () => {
  const text = '{\n    "b" : [1,2],\n\n    "download": {"connections":2},\n    "a": 1.50\n}';
  assert.equal(
    setInJsonText(text, ["download", "connections"], 4),
    '{\n    "b" : [1,2],\n\n    "download": {"connections":4},\n    "a": 1.50\n}',
  );
  assert.equal(
    setInJsonText(text, ["download", "timeout"], "5m"),
    '{\n    "b" : [1,2],\n\n    "download": {"connections":2, "timeout": "5m"},\n    "a": 1.50\n}',
  );
  assert.equal(
    setInJsonText(text, ["log", "level"], "debug"),
    '{\n    "b" : [1,2],\n\n    "download": {"connections":2},\n    "a": 1.50,\n' +
      '    "log": {\n        "level": "debug"\n    }\n}',
  );
});

Deno.test("setInJsonText() begins an empty text and an empty object, with the line ends that are there", () => {
  const wanted = '{\n  "log": {\n    "level": "debug"\n  }\n}\n';
  assert.equal(setInJsonText("", ["log", "level"], "debug"), wanted);
  assert.equal(setInJsonText("{}\n", ["log", "level"], "debug"), wanted);
  assert.equal(setInJsonText('{\n  "log": null\n}\n', ["log", "level"], "debug"), wanted);
  assert.equal(
    setInJsonText('{\r\n\t"a": 1\r\n}\r\n', ["b"], ["x"]),
    '{\r\n\t"a": 1,\r\n\t"b": ["x"]\r\n}\r\n',
  );
});

Deno.test("deleteInJsonText() takes the comma along, every repetition, and the group that is empty then", () => {
  const text = '{\n  "a": 1,\n  "log": {"level": "info"},\n  "b": 2\n}\n';
  assert.equal(deleteInJsonText(text, ["log", "level"]), '{\n  "a": 1,\n  "b": 2\n}\n');
  assert.equal(deleteInJsonText(text, ["a"]), '{\n  "log": {"level": "info"},\n  "b": 2\n}\n');
  assert.equal(deleteInJsonText(text, ["b"]), '{\n  "a": 1,\n  "log": {"level": "info"}\n}\n');
  assert.equal(deleteInJsonText('{"a": 1, "b": 2, "a": 3}', ["a"]), '{"b": 2}');
  assert.equal(deleteInJsonText('{"log": {"level": 1}}\n', ["log", "level"]), "{}\n");
  assert.equal(deleteInJsonText(text, ["none", "such"]), text);
});

Deno.test("repeatedKeys() finds what JSON.parse takes silently", () => {
  assert.deepEqual(
    repeatedKeys('{"a": 1, "log": {"level": 1, "level": 2}, "a": 2, "x": [{"y": 1, "y": 2}]}'),
    [
      ["log", "level"],
      ["a"],
    ],
  );
  assert.deepEqual(repeatedKeys("[]"), []);
});

Deno.test("setInJsonText() and deleteInJsonText() change what was asked for and nothing else, whatever the text", () => {
  const key = fc.constantFrom("a", "b", 'q"\\uote', "ü", "x y");
  const leaf = fc.jsonValue({ maxDepth: 1 });
  const content = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf)));
  const indent = fc.constantFrom(undefined, 2, "\t");
  fc.assert(fc.property(content, indent, key, key, leaf, (data, space, group, inner, value) => {
    const text = JSON.stringify(data, undefined, space);
    const plain = JSON.parse(JSON.stringify(value)) as unknown;
    const read = JSON.parse(text) as Record<string, unknown>;
    const top = setInJsonText(
      text,
      [group],
      Array.isArray(value) || value === null ? value : JSON.stringify(value),
    );
    const wanted = Array.isArray(value) || value === null ? plain : JSON.stringify(value);
    assert.deepEqual(JSON.parse(top), { ...read, [group]: wanted });
    const old = read[group];
    const isGroup = typeof old === "object" && old !== null && !Array.isArray(old);
    const nested = JSON.parse(setInJsonText(text, [group, inner], true)) as Record<string, unknown>;
    assert.deepEqual(nested, { ...read, [group]: { ...(isGroup ? old : {}), [inner]: true } });
    const { [group]: _, ...without } = read;
    assert.deepEqual(JSON.parse(deleteInJsonText(text, [group])), without);
  }));
});
