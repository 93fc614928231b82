/**
 * Reads command lines as a shell would, as far as documents use it.
 *
 * @module
 */

/** Where one simple command ends and another may begin. */
const SEPARATORS = ["&&", "||", "|", ";", "&", "\n"];

/** The end of `$(…)` that opens at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")" && --depth === 0) return at;
  }
  return text.length - 1;
}

interface Word {
  readonly text: string;
  readonly end: number;
}

function readWord(text: string, from: number): Word {
  let word = "";
  let at = from;
  for (; at < text.length && !/[\s|;&]/.test(text[at] ?? ""); at++) {
    const sign = text[at] ?? "";
    if (sign === "'" || sign === '"') {
      const close = text.indexOf(sign, at + 1);
      const end = close < 0 ? text.length : close;
      word += text.slice(at + 1, end);
      at = end;
    } else if (sign === "$" && text[at + 1] === "(") {
      const end = closing(text, at + 1);
      word += text.slice(at, end + 1);
      at = end;
    } else if (/^>&\d/.test(text.slice(at, at + 3))) {
      word += text.slice(at, at + 3);
      at += 2;
    } else if (sign === "\\") word += text[++at] ?? "";
    else word += sign;
  }
  return { text: word, end: at };
}

/** A redirection, and the word that belongs to it when it stands apart. */
function skipRedirection(words: string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (/^\d*(?:>>?|<)$/.test(word)) index++;
    else if (!/^\d*(?:>>?|<|>&)\S/.test(word)) kept.push(word);
  }
  return kept;
}

/** Variables that are set for one command, and words that only say how it runs. */
function skipPrefix(words: string[]): string[] {
  const start = words.findIndex((word) =>
    !/^[A-Z_][A-Z0-9_]*=/.test(word) && !["sudo", "exec", "$"].includes(word)
  );
  return start < 0 ? [] : words.slice(start);
}

/** The simple commands of a script, each as its words; comments, redirections and variables are left out. */
export function shellCommands(script: string): readonly (readonly string[])[] {
  const text = script.replace(/\\\n\s*/g, " ");
  const commands: string[][] = [[]];
  for (let at = 0; at < text.length;) {
    const separator = SEPARATORS.find((one) => text.startsWith(one, at));
    if (separator !== undefined) {
      commands.push([]);
      at += separator.length;
    } else if (/\s/.test(text[at] ?? "")) at++;
    else if (text[at] === "#") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else {
      const word = readWord(text, at);
      commands.at(-1)?.push(word.text);
      at = Math.max(word.end, at + 1);
    }
  }
  return commands.map(skipRedirection).map(skipPrefix).filter((words) => words.length > 0);
}

/** The arguments of our program in the words of a command; `undefined` when it is another program. */
export function programArguments(words: readonly string[]): readonly string[] | undefined {
  const [first = ""] = words;
  if (first === "mm" || /\/mm(?:-[\w-]+)?(?:\.exe)?$/.test(first)) return words.slice(1);
  const at = words.findIndex((word) =>
    word === "main.ts" || /^jsr:@model-manager\/mm(?:@[\w.]+)?$/.test(word)
  );
  const runs = ["deno", "npx", "dx"].includes(first) && at > 0 && !words.includes("install");
  if (runs) return words.slice(at + 1);
  if (first === "deno" && words[1] === "task" && words[2] === "mm") return words.slice(3);
  return undefined;
}
