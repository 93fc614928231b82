/**
 * JSON with comments as a tree that knows where everything stands, so that a file can be changed in one place and
 * stays as it is in all others.
 *
 * @module
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/** A value and where it stands. */
export type JsonNode = Node;

/** A place in a text; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Why a text is no JSON, and where. */
export interface SyntaxProblem extends TextPlace {
  readonly text: string;
}

/** A text as a tree; without a root when it is broken. */
export interface JsonTree {
  readonly root: JsonNode | undefined;
  readonly problems: readonly SyntaxProblem[];
}

const REASONS: Readonly<Record<string, string>> = {
  InvalidSymbol: "there is a word that is no JSON",
  InvalidNumberFormat: "there is a number that is none",
  PropertyNameExpected: "a name in quotes is missing",
  ValueExpected: "a value is missing",
  ColonExpected: "a colon is missing before this",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a } is missing",
  CloseBracketExpected: "a ] is missing",
  EndOfFileExpected: "there is something behind the end",
  UnexpectedEndOfComment: "a comment has no end",
  UnexpectedEndOfString: "a text in quotes has no end",
  UnexpectedEndOfNumber: "a number has no end",
  InvalidUnicode: "there is a broken \\u escape",
  InvalidEscapeCharacter: "there is a broken \\ escape",
  InvalidCharacter: "there is a character that may not stand in a text",
};

/** Where an offset is. */
export function placeOf(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** Reads a text; comments and commas behind the last item are allowed. */
export function parseJsonTree(text: string): JsonTree {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length === 0) return { root, problems: [] };
  // What is said of one line comes from its first mistake.
  const byLine = new Map<number, SyntaxProblem>();
  for (const { error, offset } of errors) {
    const place = placeOf(text, offset);
    if (byLine.has(place.line)) continue;
    byLine.set(place.line, { ...place, text: REASONS[printParseErrorCode(error)] ?? "it is no JSON" });
  }
  return { root: undefined, problems: [...byLine.values()] };
}

/** The properties of an object, in their order. */
export function propertiesOf(
  node: JsonNode | undefined,
): { readonly name: string; readonly key: JsonNode; readonly value: JsonNode; readonly node: JsonNode }[] {
  if (node?.type !== "object") return [];
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined || value === undefined
      ? []
      : [{ name: String(key.value), key, value, node: property }];
  });
}

/** Properties whose name stands in the object before them already: what a merge leaves that went wrong. */
export function repeatedProperties(
  text: string,
  node: JsonNode | undefined,
): { readonly name: string; readonly key: JsonNode; readonly firstLine: number }[] {
  const first = new Map<string, JsonNode>();
  return propertiesOf(node).flatMap(({ name, key }) => {
    const before = first.get(name);
    if (before !== undefined) return [{ name, key, firstLine: placeOf(text, before.offset).line }];
    first.set(name, key);
    return [];
  });
}

/** A property's value; the last one counts when the name is there twice, as everywhere in JSON. */
export function propertyOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return propertiesOf(node).findLast((property) => property.name === name)?.value;
}

/** The items of an array. */
export function itemsOf(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.type === "array" ? node.children ?? [] : [];
}
