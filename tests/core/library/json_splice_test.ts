import assert from "node:assert/strict";
import fc from "fast-check";
import { appendItem, applySplices, removeChild, setProperty } from "../../../core/library/json_splice.ts";
import { itemsOf, parseJsonTree, propertyOf } from "../../../core/library/json_tree.ts";

const TEXT = `{
  // first
  "list": [
    { "a": 1 }, // one
    // about two
    { "b": 2 } /* two */
  ],
  "flat": [1, 2, 3], "empty": [], "none": {}
}
`;

function list(text: string, name = "list") {
  const node = propertyOf(parseJsonTree(text).root, name);
  assert.ok(node !== undefined);
  return node;
}

Deno.test("appendItem() adds a line behind the comment of the last item", () => {
  assert.equal(
    applySplices(TEXT, appendItem(TEXT, list(TEXT), { c: 3, tags: ["x", "y"] })),
    TEXT.replace(
      '{ "b": 2 } /* two */',
      '{ "b": 2 }, /* two */\n    {\n      "c": 3,\n      "tags": ["x", "y"]\n    }',
    ),
  );
});

Deno.test("appendItem() stays on the line of a list that is on one, and fills an empty one", () => {
  assert.match(applySplices(TEXT, appendItem(TEXT, list(TEXT, "flat"), 4)), /"flat": \[1, 2, 3, 4\]/);
  assert.ok(applySplices(TEXT, appendItem(TEXT, list(TEXT, "empty"), 1)).includes('"empty": [\n    1\n  ]'));
});

Deno.test("setProperty() replaces a value, or adds one where the others are", () => {
  const [one] = itemsOf(list(TEXT));
  assert.ok(one !== undefined);
  assert.match(
    applySplices(TEXT, setProperty(TEXT, one, { name: "a", value: "x" })),
    /\{ "a": "x" \}, \/\/ one/,
  );
  assert.match(
    applySplices(TEXT, setProperty(TEXT, one, { name: "z", value: true })),
    /\{ "a": 1, "z": true \}, \/\/ one/,
  );
  const none = list(TEXT, "none");
  assert.ok(
    applySplices(TEXT, setProperty(TEXT, none, { name: "z", value: 1 })).includes(
      '"none": {\n    "z": 1\n  }',
    ),
  );
});

Deno.test("removeChild() takes the line and its comment, and leaves the comments of others", () => {
  const node = list(TEXT);
  const [one, two] = itemsOf(node);
  assert.ok(one !== undefined && two !== undefined);
  assert.equal(
    applySplices(TEXT, removeChild(TEXT, node, one)),
    TEXT.replace('    { "a": 1 }, // one\n', ""),
  );
  assert.equal(
    applySplices(TEXT, removeChild(TEXT, node, two)),
    TEXT.replace('{ "a": 1 }, // one', '{ "a": 1 } // one').replace('    { "b": 2 } /* two */\n', ""),
  );
  const flat = list(TEXT, "flat");
  const [, second] = itemsOf(flat);
  assert.ok(second !== undefined);
  assert.match(applySplices(TEXT, removeChild(TEXT, flat, second)), /"flat": \[1, 3\]/);
});

Deno.test("splices keep a trailing comma, tabs and line ends of another system", () => {
  const text = '{\r\n\t"list": [\r\n\t\t{ "a": 1 },\r\n\t],\r\n}\r\n';
  assert.equal(
    applySplices(text, appendItem(text, list(text), { b: 2 })),
    '{\r\n\t"list": [\r\n\t\t{ "a": 1 },\r\n\t\t{\r\n\t\t\t"b": 2\r\n\t\t}\r\n\t],\r\n}\r\n',
  );
});

Deno.test("whatever is added to and removed from a list, the rest has the values it had", () => {
  const value = fc.oneof(
    fc.integer(),
    fc.string(),
    fc.dictionary(fc.string(), fc.boolean(), { noNullPrototype: true }),
  );
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 6 }),
      fc.nat(),
      value,
      fc.constantFrom(0, 2, "\t"),
      (items, at, more, indent) => {
        const text = JSON.stringify({ list: items }, undefined, indent);
        const added = applySplices(text, appendItem(text, list(text), more));
        assert.deepEqual(JSON.parse(added), { list: [...items, more] });
        const index = at % (items.length + 1);
        const node = list(added);
        const child = itemsOf(node)[index];
        assert.ok(child !== undefined);
        const removed = applySplices(added, removeChild(added, node, child));
        assert.deepEqual(JSON.parse(removed), { list: [...items, more].toSpliced(index, 1) });
      },
    ),
  );
});
