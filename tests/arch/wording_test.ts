/**
 * What the program says is worded in one way: errors, advice, and what it tells people on the way.
 *
 * @module
 */
import assert from "node:assert/strict";
import { listFiles, PROGRAM, readSource } from "./source_scan.ts";

/** What a text is for. */
type Role = "error" | "hint" | "talk" | "option" | "other";

interface Said {
  readonly role: Role;
  readonly text: string;
  readonly place: string;
}

/** What stands for the parts of a text that are only known when the program runs. */
const PLACEHOLDER = "X";

/** The text of an expression: a literal, a template, or both ways of a condition. */
function textsIn(node: Deno.lint.Node | null | undefined): string[] {
  if (node === null || node === undefined) return [];
  if (node.type === "Literal") return typeof node.value === "string" ? [node.value] : [];
  if (node.type === "TemplateLiteral") return [node.quasis.map(({ cooked }) => cooked).join(PLACEHOLDER)];
  if (node.type === "ConditionalExpression") return [...textsIn(node.consequent), ...textsIn(node.alternate)];
  if (node.type === "ArrayExpression") {
    return node.elements.flatMap((each) => textsIn(each as Deno.lint.Node));
  }
  if (node.type === "SpreadElement") return textsIn(node.argument);
  return [];
}

const TALK: ReadonlySet<string> = new Set(["say", "warn", "alarm", "notice", "onNotice"]);
const OPTIONS: ReadonlySet<string> = new Set(["option", "requiredOption", "argument", "createOption"]);

function nameOf(node: Deno.lint.Node): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "MemberExpression" && node.property.type === "Identifier" ? node.property.name : "";
}

/** What a source file says. */
function saidIn(path: string): Said[] {
  const source = readSource(path);
  const said: Said[] = [];
  const add = (role: Role, node: Deno.lint.Node | undefined): void => {
    if (node === undefined) return;
    const line = source.slice(0, node.range[0]).split("\n").length;
    for (const text of textsIn(node)) said.push({ role, text, place: `${path}:${line}` });
  };
  const plugin: Deno.lint.Plugin = {
    name: "wording",
    rules: {
      scan: {
        create: () => ({
          NewExpression(node) {
            const name = nameOf(node.callee);
            const [first, second] = node.arguments;
            if (/^(?:ModelManager|Hub|ModelRegistry|ModelDownload)Error$/.test(name)) {
              add("error", second ?? first);
            } else if (name === "Option") add("option", second);
          },
          CallExpression(node) {
            const name = nameOf(node.callee);
            const [first, second] = node.arguments;
            if (TALK.has(name)) add("talk", first);
            else if (name === "suggest") add("hint", first);
            else if (OPTIONS.has(name)) add("option", second);
          },
          Property(node) {
            if (nameOf(node.key as Deno.lint.Node) === "hints") add("hint", node.value as Deno.lint.Node);
          },
          Literal(node) {
            if (typeof node.value === "string" && /\s/.test(node.value)) add("other", node);
          },
          TemplateLiteral(node) {
            add("other", node);
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, source);
  return said;
}

/** Where whole sentences are read aloud. */
const PLAIN_MODE = "cli/tui/plain/";
/** It goes on in the middle of another sentence. */
const FRAGMENTS: readonly string[] = ['its file host "X" cannot be reached'];

const texts = listFiles(PROGRAM, /\.tsx?$/).filter((path) => !path.startsWith(PLAIN_MODE)).flatMap(saidIn)
  .filter(({ text }) => !FRAGMENTS.includes(text));

/** The texts of some roles that break a rule. */
function breaking(roles: readonly Role[], isWrong: (text: string) => boolean): string[] {
  return texts.filter(({ role, text }) => roles.includes(role) && isWrong(text))
    .map(({ place, text }) => `${place}: ${text}`);
}

Deno.test("there is a lot that is said", () => {
  for (const [role, least] of [["error", 200], ["hint", 200], ["talk", 60], ["option", 60]] as const) {
    const { length } = texts.filter((said) => said.role === role);
    assert.ok(length >= least, `${length} texts of the kind ${role}`);
  }
});

Deno.test("errors, advice and talk begin with a capital letter, a name or a number", () => {
  const wrong = breaking(
    ["error", "hint", "talk"],
    (text) => /^[a-z]/.test(text) && !/^(?:note: |[a-z.]+[_.][a-z])/.test(text),
  );
  assert.deepEqual(wrong, []);
});

Deno.test("errors, advice, talk and options end without a period", () => {
  assert.deepEqual(breaking(["error", "hint", "talk", "option"], (text) => /[^.]\.$|!$/.test(text)), []);
});

Deno.test("options and arguments are explained in phrases that begin small", () => {
  assert.deepEqual(breaking(["option"], (text) => /^[A-Z][a-z]/.test(text)), []);
});

Deno.test("names are quoted by double quotes, and plurals are spelled out", () => {
  assert.deepEqual(breaking(["error", "hint", "talk"], (text) => /(?:^| )'[\w./X-]+'(?: |$)/.test(text)), []);
  assert.deepEqual(breaking(["error", "hint", "talk", "option"], (text) => /\w\(s\)/.test(text)), []);
});

Deno.test("words are those of the program, in one spelling", () => {
  const spelling =
    /\b(?:colou?rs?ed|colours?|licen[c]e|organi[s]ation|behaviour|favourite|centre|canceled|canceling|unrecogni[sz]ed|hugging ?face hub api|huggingface hub)\b/i;
  assert.deepEqual(breaking(["error", "hint", "talk", "option", "other"], (text) => spelling.test(text)), []);
  const tone =
    /\b(?:please|sorry|oops|successfully|unfortunately|simply|e\.g\.|i\.e\.|etc\.|failed to|unable to)(?= |$)/i;
  assert.deepEqual(breaking(["error", "hint", "talk", "option"], (text) => tone.test(text)), []);
});
