/**
 * Marks of Markdown and HTML within a line, taken away: what is left is to be read. Pure.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  copy: "©",
  mdash: "—",
  ndash: "–",
  hellip: "…",
  rarr: "→",
  larr: "←",
};

function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith("#")) return ENTITIES[name.toLowerCase()] ?? whole;
  const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
  return Number.isInteger(code) && code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

/** Comments, found without going back: a page of nothing but beginnings of them is read once. */
export function withoutComments(text: string): string {
  let rest = "";
  let at = 0;
  while (true) {
    const begin = text.indexOf("<!--", at);
    if (begin < 0) return rest + text.slice(at);
    rest += text.slice(at, begin);
    const end = text.indexOf("-->", begin + 4);
    if (end < 0) return rest;
    at = end + 3;
  }
}

/** Tags. A `<` that begins none is text. */
function withoutTags(text: string): string {
  return text
    .replace(/<br\s{0,9}\/?>/gi, " ")
    .replace(/<(https?:\/\/[^<>\s]{1,500})>/gi, "$1")
    .replace(/<\/?[a-z!][^<>]{0,2000}>/gi, "");
}

/** Images say nothing here; links are their words; the rest of the marks goes. */
function withoutMarks(text: string): string {
  return text
    .replace(/!\[[^[\]]{0,500}\]\([^()\s]{0,1000}(?:\s"[^"]{0,300}")?\)/g, "")
    .replace(/!\[[^[\]]{0,500}\]\[[^[\]]{0,200}\]/g, "")
    .replace(/\[([^[\]]{0,500})\]\([^()]{0,1000}(?:\([^()]{0,200}\)[^()]{0,200})?\)/g, "$1")
    .replace(/\[([^[\]]{1,500})\]\[[^[\]]{0,200}\]/g, "$1")
    .replace(/\*\*\*([^*\n]{1,1000})\*\*\*/g, "$1")
    .replace(/\*\*([^*\n]{1,1000})\*\*/g, "$1")
    .replace(/(?<![\w*])\*([^*\s](?:[^*\n]{0,1000}[^*\s])?)\*(?![\w*])/g, "$1")
    .replace(/(?<!\w)__([^_\n]{1,1000})__(?!\w)/g, "$1")
    .replace(/(?<!\w)_([^_\s](?:[^_\n]{0,1000}[^_\s])?)_(?!\w)/g, "$1")
    .replace(/~~([^~\n]{1,1000})~~/g, "$1");
}

/** Stands for a sign behind a backslash, which is no mark, while the marks are taken away. */
const ESCAPED = 0xe000;

function escapeSigns(text: string): string {
  return text.replace(
    /\\([\\`*_{}[\]()#+\-.!|<>~])/g,
    (_, sign: string) => String.fromCharCode(ESCAPED + sign.charCodeAt(0)),
  );
}

function unescapeSigns(text: string, before: string): string {
  return text.replace(
    /[\ue021-\ue07e]/g,
    (sign) => before + String.fromCharCode(sign.charCodeAt(0) - ESCAPED),
  );
}

/** A text without its marks; what stands between backticks stays as it is. */
export function plainText(text: string): string {
  const parts = escapeSigns(text).split(/(`{1,3}[^`]{1,2000}`{1,3})/);
  const plain = parts.map((part, index) =>
    index % 2 === 1
      ? unescapeSigns(part.replace(/^`+ ?| ?`+$/g, ""), "\\")
      : unescapeSigns(withoutMarks(withoutTags(part)), "")
  );
  return plain.join("").replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,8});/gi, decodeEntity).replace(/[ \t]+/g, " ")
    .trim();
}
