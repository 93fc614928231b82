/**
 * Changes one value in a JSON text and leaves every other character as it was. The text must be JSON already.
 *
 * @module
 */

interface Member {
  readonly key: string;
  readonly start: number;
  readonly value: Node;
}

/** A value and where it stands; of objects, with their members. */
interface Node {
  readonly start: number;
  readonly end: number;
  readonly members?: readonly Member[];
}

const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^\s,\]}]+/y;
const SPACE = /\s*/y;

class Reader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value that begins here. */
  value(): Node {
    this.#take(SPACE);
    const start = this.#offset;
    const mark = this.#text[start];
    if (mark === "{") {
      const members = this.#items("}", () => this.#member());
      return { start, end: this.#offset, members };
    }
    if (mark === "[") this.#items("]", () => this.value());
    else this.#take(mark === '"' ? STRING : SCALAR);
    return { start, end: this.#offset };
  }

  #take(expression: RegExp): string {
    expression.lastIndex = this.#offset;
    const taken = expression.exec(this.#text)?.[0] ?? "";
    this.#offset += taken.length;
    return taken;
  }

  #member(): Member {
    const start = this.#offset;
    const key = String(JSON.parse(this.#take(STRING)));
    this.#take(SPACE);
    this.#offset += 1;
    return { key, start, value: this.value() };
  }

  /** Up to and with the closing mark. */
  #items<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    this.#offset += 1;
    for (this.#take(SPACE); this.#offset < this.#text.length; this.#take(SPACE)) {
      const mark = this.#text[this.#offset];
      if (mark === close) break;
      if (mark === ",") this.#offset += 1;
      this.#take(SPACE);
      items.push(item());
    }
    this.#offset += 1;
    return items;
  }
}

/** The last one of a name counts. */
function memberOf(node: Node, key: string): Member | undefined {
  return node.members?.findLast((member) => member.key === key);
}

/** The white space before a member that begins its line, or that of the line on which a value stands. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** One level of indentation, as the text has it. */
function indentUnit(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

/** A value below keys that are not there yet, as it is written at a place with that indentation. */
function render(keys: readonly string[], value: unknown, layout: Layout): string {
  const [first, ...rest] = keys;
  if (first === undefined) {
    const items = Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : undefined;
    return items === undefined ? JSON.stringify(value) : `[${items.join(", ")}]`;
  }
  const inner = layout.indent + layout.unit;
  const text = render(rest, value, { ...layout, indent: inner });
  return `{${layout.end}${inner}${JSON.stringify(first)}: ${text}${layout.end}${layout.indent}}`;
}

interface Layout {
  readonly indent: string;
  readonly unit: string;
  readonly end: string;
}

/** Puts a new member at the end of an object that has others. */
function insertAfter(
  text: string,
  node: Node,
  change: { readonly keys: readonly string[]; readonly value: unknown },
): string {
  const first = node.members?.[0];
  const last = node.members?.at(-1);
  if (first === undefined || last === undefined) return text;
  const ownLines = text.slice(node.start, first.start).includes("\n");
  const layout = { indent: indentAt(text, first.start), unit: indentUnit(text), end: lineEnd(text) };
  const [key = "", ...rest] = change.keys;
  const member = `${JSON.stringify(key)}: ${render(rest, change.value, layout)}`;
  const gap = ownLines ? `${layout.end}${layout.indent}` : " ";
  return `${text.slice(0, last.value.end)},${gap}${member}${text.slice(last.value.end)}`;
}

/** The text with the value below `keys`; objects on the way are made, and what is in their way is replaced. */
export function setInJsonText(text: string, keys: readonly string[], value: unknown): string {
  const end = lineEnd(text);
  if (text.trim() === "") return `${render(keys, value, { indent: "", unit: "  ", end })}${end}`;
  let node = new Reader(text).value();
  for (let depth = 0; depth < keys.length; depth++) {
    const member = memberOf(node, keys[depth] ?? "");
    const rest = keys.slice(depth);
    if (member !== undefined) node = member.value;
    else if ((node.members?.length ?? 0) > 0) return insertAfter(text, node, { keys: rest, value });
    else return replaceNode(text, node, { keys: rest, value });
  }
  return replaceNode(text, node, { keys: [], value });
}

function replaceNode(
  text: string,
  node: Node,
  { keys, value }: { readonly keys: readonly string[]; readonly value: unknown },
): string {
  const layout = { indent: indentAt(text, node.start), unit: indentUnit(text), end: lineEnd(text) };
  return text.slice(0, node.start) + render(keys, value, layout) + text.slice(node.end);
}

/** The text without the value below `keys`, and without the groups that are empty then. */
export function deleteInJsonText(text: string, keys: readonly string[]): string {
  const key = keys.at(-1) ?? "";
  const parents = keys.slice(0, -1);
  for (let rest = text;;) {
    let node: Node | undefined = new Reader(rest).value();
    for (const parent of parents) node = node === undefined ? undefined : memberOf(node, parent)?.value;
    const { members = [] } = node ?? {};
    const index = members.findLastIndex((member) => member.key === key);
    const member = members[index];
    if (node === undefined || member === undefined) return rest;
    const before = members[index - 1];
    const after = members[index + 1];
    if (before !== undefined) rest = rest.slice(0, before.value.end) + rest.slice(member.value.end);
    else if (after !== undefined) rest = rest.slice(0, member.start) + rest.slice(after.start);
    else if (parents.length > 0) return deleteInJsonText(rest, parents);
    else return `${rest.slice(0, node.start)}{}${rest.slice(node.end)}`;
  }
}

/** Where the name stands that `keys` lead to, the last one of several. */
export function offsetInJsonText(text: string, keys: readonly string[]): number | undefined {
  let node: Node | undefined = new Reader(text).value();
  let offset: number | undefined;
  for (const key of keys) {
    const member: Member | undefined = node === undefined ? undefined : memberOf(node, key);
    if (member === undefined) return undefined;
    offset = member.start;
    node = member.value;
  }
  return offset;
}

/** The keys, from the top, that stand more than once in an object or in an object of it. */
export function repeatedKeys(text: string): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  const look = (node: Node, above: readonly string[]): void => {
    const seen = new Set<string>();
    for (const { key, value } of node.members ?? []) {
      const keys = [...above, key];
      if (seen.has(key)) found.set(keys.join("\0"), keys);
      seen.add(key);
      if (above.length === 0) look(value, keys);
    }
  };
  look(new Reader(text).value(), []);
  return [...found.values()];
}
