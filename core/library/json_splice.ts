/**
 * Small changes to a JSON text: everything that is not meant, comments among it, stays byte by byte.
 *
 * @module
 */
import { createScanner } from "jsonc-parser";
import { itemsOf, type JsonNode, propertiesOf } from "./json_tree.ts";

/** Replaces the characters from `start` to `end` (exclusive). */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A value that can be written. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

const SPACE = /[ \t]*/y;

/** Applies changes that do not overlap; what is put in at one place stays in the order given. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const sorted = splices.map((splice, index) => ({ splice, index }))
    .sort((a, b) => a.splice.start - b.splice.start || a.index - b.index);
  let result = "";
  let at = 0;
  for (const { splice: { start, end, text: put } } of sorted) {
    result += text.slice(at, start) + put;
    at = end;
  }
  return result + text.slice(at);
}

/** How a text is laid out, so that what is added looks like the rest. */
function layoutOf(text: string): { readonly unit: string; readonly eol: string } {
  return { unit: /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ", eol: text.includes("\r\n") ? "\r\n" : "\n" };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function indentAt(text: string, offset: number): string {
  const start = lineStart(text, offset);
  SPACE.lastIndex = start;
  return SPACE.exec(text)?.[0] ?? "";
}

/** Objects over several lines, arrays of plain values on one. */
function format(
  value: JsonValue,
  layout: { readonly indent: string; readonly unit: string; readonly eol: string },
): string {
  const { indent, unit, eol } = layout;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = indent + unit;
  const next = { ...layout, indent: inner };
  if (Array.isArray(value)) {
    const items: readonly JsonValue[] = value;
    if (items.every((item) => typeof item !== "object" || item === null)) {
      return `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
    }
    return `[${eol}${items.map((item) => inner + format(item, next)).join(`,${eol}`)}${eol}${indent}]`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([name, each]) => `${inner}${JSON.stringify(name)}: ${format(each, next)}`);
  return `{${eol}${lines.join(`,${eol}`)}${eol}${indent}}`;
}

/** Where the first thing from `offset` on is that is neither space nor a comment, and whether it is a comma. */
function nextToken(text: string, offset: number): { readonly isComma: boolean; readonly offset: number } {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  scanner.scan();
  const at = scanner.getTokenOffset();
  return { isComma: text[at] === ",", offset: at };
}

function endOf(node: JsonNode): number {
  return node.offset + node.length;
}

/** Where the rest of the line ends when nothing but spaces and a comment is there; `undefined` otherwise. */
function restOfLine(text: string, offset: number): number | undefined {
  const match = /[ \t]*(?:\/\/[^\n]*|(?:\/\*(?:(?!\*\/)[^\n])*\*\/[ \t]*))?(?=\r?\n|$)/y;
  match.lastIndex = offset;
  const found = match.exec(text);
  if (found === null) return undefined;
  const end = offset + found[0].length;
  return text[end - 1] === "\r" ? end - 1 : end;
}

/** Puts a text behind the last child of an object or array, with its comma, as a line of its own where that is usual. */
function appendTo(text: string, parent: JsonNode, last: JsonNode, put: (indent: string) => string): Splice[] {
  const { eol } = layoutOf(text);
  const isOneLine = !text.slice(parent.offset, last.offset).includes("\n");
  const token = nextToken(text, endOf(last));
  const hasComma = token.isComma;
  const after = hasComma ? token.offset + 1 : endOf(last);
  const comma: Splice[] = hasComma ? [] : [{ start: after, end: after, text: "," }];
  if (isOneLine) {
    return [...comma, { start: after, end: after, text: ` ${put(indentAt(text, last.offset))}` }];
  }
  const indent = indentAt(text, last.offset);
  // A comment behind the last one stays with it.
  const at = restOfLine(text, after) ?? after;
  return [...comma, { start: at, end: at, text: `${eol}${indent}${put(indent)}` }];
}

/** Sets a property of an object: its value is replaced, or it is added behind the others. */
export function setProperty(
  text: string,
  object: JsonNode,
  property: { readonly name: string; readonly value: JsonValue },
): Splice[] {
  const { name, value } = property;
  const layout = layoutOf(text);
  const properties = propertiesOf(object);
  const existing = properties.findLast((each) => each.name === name);
  if (existing !== undefined) {
    const indent = indentAt(text, existing.value.offset);
    return [{
      start: existing.value.offset,
      end: endOf(existing.value),
      text: format(value, { ...layout, indent }),
    }];
  }
  const last = properties.at(-1);
  const written = (indent: string): string =>
    `${JSON.stringify(name)}: ${format(value, { ...layout, indent })}`;
  if (last !== undefined) return appendTo(text, object, last.node, written);
  return [putInside(text, object, written)];
}

/** Adds an item behind the others of an array. */
export function appendItem(text: string, array: JsonNode, value: JsonValue): Splice[] {
  const layout = layoutOf(text);
  const last = itemsOf(array).at(-1);
  const written = (indent: string): string => format(value, { ...layout, indent });
  return last === undefined ? [putInside(text, array, written)] : appendTo(text, array, last, written);
}

/** The first child of what is empty; a comment in there stays before it. */
function putInside(text: string, parent: JsonNode, put: (indent: string) => string): Splice {
  const { unit, eol } = layoutOf(text);
  const outer = indentAt(text, parent.offset);
  const close = endOf(parent) - 1;
  const inside = text.slice(parent.offset + 1, close);
  const start = parent.offset + 1 + inside.trimEnd().length;
  return { start, end: close, text: `${eol}${outer}${unit}${put(outer + unit)}${eol}${outer}` };
}

/** Takes a child out of an object or array, with its comma, and with the comment behind it on its line. */
export function removeChild(text: string, parent: JsonNode, child: JsonNode): Splice[] {
  const children = parent.children ?? [];
  const index = children.indexOf(child);
  const token = nextToken(text, endOf(child));
  const hasComma = token.isComma;
  const end = hasComma ? token.offset + 1 : endOf(child);
  const before = children[index - 1];
  const splices: Splice[] = [];
  if (!hasComma && before !== undefined) {
    const comma = nextToken(text, endOf(before)).offset;
    splices.push({ start: comma, end: comma + 1, text: "" });
  }
  return [...splices, wholeLines(text, { start: child.offset, end })];
}

/** With the lines that would be left empty, or the space that would be left double. */
function wholeLines(text: string, range: { readonly start: number; readonly end: number }): Splice {
  const start = lineStart(text, range.start);
  const rest = restOfLine(text, range.end);
  if (/^[ \t]*$/.test(text.slice(start, range.start)) && rest !== undefined) {
    const lineEnd = /\r?\n/y;
    lineEnd.lastIndex = rest;
    return { start, end: rest + (lineEnd.exec(text)?.[0].length ?? 0), text: "" };
  }
  SPACE.lastIndex = range.end;
  const space = SPACE.exec(text)?.[0].length ?? 0;
  return { start: range.start, end: range.end + space, text: "" };
}
