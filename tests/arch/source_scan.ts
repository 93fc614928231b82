/**
 * What the architecture tests know of a source file: its imports, and what it uses of the platform.
 *
 * Files are read by the parser of `deno lint`, so comments, texts and type positions do not count as use.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the source tree. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/**
 * How a file depends on another: `value` loads it, `type` vanishes, `dynamic` loads it later or never, `url` names
 * it for somebody else to load.
 */
export type ImportKind = "value" | "type" | "dynamic" | "url";

/** One arrow. */
export interface ImportEdge {
  readonly kind: ImportKind;
  /** A path below the root, or a bare specifier such as `npm:x` or `node:path`. */
  readonly target: string;
  readonly line: number;
}

/** One use of something. */
export interface Use {
  readonly text: string;
  readonly line: number;
}

/** What one file contains. */
export interface SourceScan {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly ImportEdge[];
  /** `Deno.…` outside of type positions. */
  readonly denoValues: readonly Use[];
  readonly consoleUses: readonly Use[];
}

/** All files of a kind below some places of the tree, as paths below the root; places that do not exist are empty. */
export function listFiles(places: readonly string[], extension: RegExp): string[] {
  const files: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(ROOT, path), { withFileTypes: true })) {
      const child = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) visitFolder(child, entry.name);
      else if (entry.isFile() && extension.test(entry.name)) files.push(child);
    }
  };
  const visitFolder = (path: string, name: string): void => {
    if (!["node_modules", ".git", "dist", "coverage", "results", "__snapshots__"].includes(name)) visit(path);
  };
  for (const place of places) {
    if (!existsSync(join(ROOT, place))) continue;
    if (extension.test(place)) files.push(place);
    else visit(place);
  }
  return files.sort();
}

/** The text of a file of the tree. */
export function readSource(path: string): string {
  return readFileSync(join(ROOT, path.replaceAll("/", sep)), "utf8");
}

function resolveTarget(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(dirname(from), specifier) : specifier;
}

/** `class A implements Deno.X` and `interface A extends Deno.X` look like values to the parser. */
const TYPE_PARENTS: ReadonlySet<string> = new Set([
  "TSClassImplements",
  "TSInterfaceHeritage",
  "TSQualifiedName",
  "TSTypeQuery",
  "TSTypeReference",
]);

/** `typeof Deno.x` in a type, `Deno.Kv` as a type: names that vanish when the program runs. */
function isTypePosition(node: Deno.lint.Identifier | Deno.lint.MemberExpression): boolean {
  const { parent } = node;
  if (parent.type === "MemberExpression") return isTypePosition(parent);
  return TYPE_PARENTS.has(parent.type);
}

interface Found {
  readonly imports: (Omit<ImportEdge, "line"> & { readonly at: number })[];
  readonly denoValues: { readonly text: string; readonly at: number }[];
  readonly consoleUses: { readonly text: string; readonly at: number }[];
}

type Specifier = Deno.lint.ImportDeclaration["specifiers"][number];

function isTypeSpecifier(specifier: Specifier): boolean {
  return specifier.type === "ImportSpecifier" && specifier.importKind === "type";
}

function importVisitor(found: Found): Deno.lint.LintVisitor {
  const add = (kind: ImportKind, source: Deno.lint.Node | null | undefined): void => {
    if (source?.type === "Literal" && typeof source.value === "string") {
      found.imports.push({ kind, target: source.value, at: source.range[0] });
    }
  };
  return {
    ImportDeclaration(node) {
      const typeOnly = node.importKind === "type" ||
        (node.specifiers.length > 0 && node.specifiers.every(isTypeSpecifier));
      add(typeOnly ? "type" : "value", node.source);
    },
    ExportNamedDeclaration(node) {
      add(node.exportKind === "type" ? "type" : "value", node.source);
    },
    ExportAllDeclaration(node) {
      add(node.exportKind === "type" ? "type" : "value", node.source);
    },
    ImportExpression(node) {
      add("dynamic", node.source);
    },
    TSImportType(node) {
      add("type", node.argument.type === "TSLiteralType" ? node.argument.literal : undefined);
    },
    NewExpression(node) {
      const base = node.arguments[1];
      const relative = base?.type === "MemberExpression" && base.object.type === "MetaProperty";
      if (node.callee.type === "Identifier" && node.callee.name === "URL" && relative) {
        add("url", node.arguments[0]);
      }
    },
    CallExpression(node) {
      const { callee } = node;
      if (callee.type !== "MemberExpression" || callee.object.type !== "MetaProperty") return;
      if (callee.property.type === "Identifier" && callee.property.name === "resolve") {
        add("url", node.arguments[0]);
      }
    },
  };
}

function useVisitor(found: Found, getText: (node: Deno.lint.Node) => string): Deno.lint.LintVisitor {
  return {
    Identifier(node) {
      const { parent } = node;
      const owned = parent?.type === "MemberExpression" && parent.property === node && !parent.computed &&
        !(parent.object.type === "Identifier" && parent.object.name === "globalThis");
      if (owned || isTypePosition(node)) return;
      const use = { text: getText(parent).split("\n")[0] ?? "", at: node.range[0] };
      if (node.name === "Deno") found.denoValues.push(use);
      if (node.name === "console" && parent.type === "MemberExpression") found.consoleUses.push(use);
    },
    Literal(node) {
      const computed = node.parent?.type === "MemberExpression" && node.parent.computed;
      if (node.value === "Deno" && computed) {
        found.denoValues.push({ text: getText(node.parent), at: node.range[0] });
      }
    },
  };
}

/** Reads one source text. */
export function scanSource(path: string, text: string): SourceScan {
  const found: Found = { imports: [], denoValues: [], consoleUses: [] };
  const plugin: Deno.lint.Plugin = {
    name: "architecture",
    rules: {
      scan: {
        create: (context) => ({
          ...importVisitor(found),
          ...useVisitor(found, (node) => context.sourceCode.getText(node)),
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, text);
  const lineOf = (at: number): number => text.slice(0, at).split("\n").length;
  return {
    path,
    lineCount: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
    imports: found.imports.map(({ kind, target, at }) => ({
      kind,
      target: resolveTarget(path, target),
      line: lineOf(at),
    })),
    denoValues: found.denoValues.map(({ text, at }) => ({ text, line: lineOf(at) })),
    consoleUses: found.consoleUses.map(({ text, at }) => ({ text, line: lineOf(at) })),
  };
}

/** The program itself: everything but tests and measurements. */
export const PROGRAM: readonly string[] = ["core", "workers", "cli", "main.ts", "mod.ts"];

/** All TypeScript files below some places. */
export function scanFiles(places: readonly string[]): SourceScan[] {
  return listFiles(places, /\.tsx?$/).map((path) => scanSource(path, readSource(path)));
}
