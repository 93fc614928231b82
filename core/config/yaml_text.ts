/**
 * Changes one value in a YAML text: in the text itself where that can be done, so that nothing else changes; otherwise
 * through the parsed document, which keeps comments but not every space.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import type { Document, Pair, Scalar, YAMLMap } from "yaml";
import type { SettingValue } from "./settings.ts";

/** What is to be changed. */
export interface YamlChange {
  /** Keys from the top. */
  readonly keys: readonly string[];
  /** `undefined` takes the key out. */
  readonly value: SettingValue | undefined;
  /** Other names of the same value, which are taken out. */
  readonly others: readonly (readonly string[])[];
  /** What the text has to mean afterwards. */
  readonly expected: unknown;
}

type Yaml = typeof import("yaml");

interface Source {
  readonly yaml: Yaml;
  readonly text: string;
  readonly document: Document.Parsed;
}

function open(yaml: Yaml, text: string): Source {
  return { yaml, text, document: yaml.parseDocument(text, { logLevel: "silent" }) };
}

function mapAt({ yaml, document }: Source, keys: readonly string[]): YAMLMap | undefined {
  const node: unknown = keys.length === 0 ? document.contents : document.getIn(keys, true);
  return yaml.isMap(node) ? node : undefined;
}

function pairAt(source: Source, keys: readonly string[]): Pair | undefined {
  const key = keys.at(-1);
  return mapAt(source, keys.slice(0, -1))?.items.find((pair) =>
    source.yaml.isScalar(pair.key) && String(pair.key.value) === key
  );
}

/** A scalar as it is written on one line. */
function render(yaml: Yaml, value: SettingValue): string {
  return yaml.stringify(value, { lineWidth: 0, collectionStyle: "flow" }).trimEnd();
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Where the line ends on which `offset` is: after its line end. */
function nextLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

function rangeOf(node: unknown): readonly [number, number] | undefined {
  const range = (node as Scalar | null | undefined)?.range;
  return range === null || range === undefined ? undefined : [range[0], range[1]];
}

/** With another value in the place of the one that is there. */
function replaced(source: Source, { keys, value }: YamlChange): string | undefined {
  const range = rangeOf(pairAt(source, keys)?.value);
  if (range === undefined || value === undefined || range[0] === range[1]) return undefined;
  const { text, yaml } = source;
  return text.slice(0, range[0]) + render(yaml, value) + text.slice(range[1]);
}

/** With a line of its own after the last one of its group, or with a group at the end. */
function inserted(source: Source, { keys, value }: YamlChange): string | undefined {
  const { text, yaml } = source;
  const [group = "", inner] = keys;
  if (value === undefined) return undefined;
  const end = lineEnd(text);
  const line = `${inner ?? group}: ${render(yaml, value)}`;
  const siblings = inner === undefined ? undefined : mapAt(source, [group])?.items ?? [];
  const firstKey = rangeOf(siblings?.[0]?.key);
  if (siblings === undefined || firstKey === undefined) {
    const base = text === "" || text.endsWith("\n") ? text : text + end;
    return base + (inner === undefined ? line : `${group}:${end}  ${line}`) + end;
  }
  const last = rangeOf(siblings.at(-1)?.value) ?? rangeOf(siblings.at(-1)?.key) ?? firstKey;
  const at = nextLine(text, Math.max(last[0], last[1] - 1));
  const indent = text.slice(text.lastIndexOf("\n", firstKey[0] - 1) + 1, firstKey[0]);
  const before = text.slice(0, at);
  return `${before}${before.endsWith("\n") ? "" : end}${indent}${line}${end}${text.slice(at)}`;
}

/** Without the lines of a key, when it has whole lines. */
function removed(source: Source, keys: readonly string[]): string | undefined {
  const pair = pairAt(source, keys);
  const key = rangeOf(pair?.key);
  if (pair === undefined || key === undefined) return undefined;
  const { text } = source;
  const value = rangeOf(pair.value) ?? key;
  const start = text.lastIndexOf("\n", key[0] - 1) + 1;
  return text.slice(0, start) + text.slice(nextLine(text, Math.max(value[0], value[1] - 1)));
}

/** In the text alone; `undefined` when it cannot be done. */
function inText(yaml: Yaml, text: string, change: YamlChange): string | undefined {
  let next = text;
  const gone = change.value === undefined ? [change.keys, ...change.others] : change.others;
  for (const keys of gone) {
    const source = open(yaml, next);
    const group = keys.slice(0, -1);
    const alone = group.length > 0 && mapAt(source, group)?.items.length === 1;
    next = removed(source, keys) ?? next;
    if (alone) next = removed(open(yaml, next), group) ?? next;
  }
  if (change.value === undefined) return next;
  const source = open(yaml, next);
  return replaced(source, change) ?? inserted(source, change);
}

/** Through the document, whatever the text looks like. */
function inDocument({ yaml, text, document }: Source, { keys, value, others }: YamlChange): string {
  const gone = value === undefined ? [keys, ...others] : others;
  for (const names of gone) document.deleteIn(names);
  const group = keys.length > 1 ? keys[0] : undefined;
  const inner: unknown = group === undefined ? undefined : document.get(group);
  // An empty group is null in YAML, and nothing can be put into null.
  if (group !== undefined && (!yaml.isMap(inner) || (value === undefined && inner.items.length === 0))) {
    document.delete(group);
  }
  if (value !== undefined) document.setIn(keys, value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: !/\{[^\s}]/.test(text) });
}

/** The text after the change. */
export async function changeYamlText(text: string, change: YamlChange): Promise<string> {
  const yaml = await import("yaml");
  const next = inText(yaml, text, change);
  if (next !== undefined) {
    const { document } = open(yaml, next);
    const isSame = document.errors.length === 0 && isDeepStrictEqual(document.toJS() ?? {}, change.expected);
    if (isSame) return next;
  }
  return inDocument(open(yaml, text), change);
}
