/**
 * What can be read of a registry file that is no JSON any more: the entries that stand in it whole.
 *
 * @module
 */

/** No entry is longer: a model has some thousand files at most. */
const MAX_ENTRY_LENGTH = 4 * 1024 * 1024;
/** Characters looked at, for each one of the text; a file of nothing but braces would take its square. */
const MAX_EFFORT = 40;

/** Where the object that begins at `start` ends (exclusive); `undefined` when it does not. */
function endOfObject(text: string, start: number): number | undefined {
  const last = Math.min(text.length, start + MAX_ENTRY_LENGTH);
  let depth = 0;
  let inText = false;
  for (let at = start; at < last; at++) {
    const character = text[at];
    if (inText) {
      if (character === "\\") at++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}

function isEntry(value: unknown): boolean {
  return typeof value === "object" && value !== null && "modelId" in value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The objects in a text that are entries by their looks, in their order, each exactly as it was written. An entry that
 * is cut or damaged is not among them.
 */
export function wholeEntries(text: string): unknown[] {
  const entries: unknown[] = [];
  let effort = 0;
  for (let at = text.indexOf("{"); at !== -1 && effort <= text.length * MAX_EFFORT;) {
    const end = endOfObject(text, at);
    effort += (end ?? Math.min(text.length, at + MAX_ENTRY_LENGTH)) - at;
    const value = end === undefined ? undefined : parse(text.slice(at, end));
    const isWhole = end !== undefined && isEntry(value);
    if (isWhole) entries.push(value);
    at = text.indexOf("{", isWhole ? end : at + 1);
  }
  return entries;
}
