/**
 * How a file is announced: its type and its name.
 *
 * @module
 */

/** Read as text in a browser; all else is saved. Never HTML or SVG: those would run under the server's origin. */
const TEXT_FILE =
  /(?:^|\/)(?:LICENSE|NOTICE|README|\.gitattributes|\.gitignore)$|\.(?:txt|md|json|jsonl|ya?ml|toml|jinja|py|cfg|ini|csv|template)$/i;

/** Whether a file is text, by its name. */
export function isTextFile(path: string): boolean {
  return TEXT_FILE.test(path);
}

/** The `Content-Type` of a file, by its name. */
export function contentType(path: string): string {
  return isTextFile(path) ? "text/plain; charset=utf-8" : "application/octet-stream";
}

function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The `Content-Disposition` of a file: its last name, in the plain and in the extended form. */
export function contentDisposition(
  path: string,
  options: { readonly attachment?: boolean } = {},
): string {
  const name = path.split("/").at(-1) ?? "file";
  const plain = name.replace(/[^\x20-\x7e]|["\\]/gu, "_");
  const kind = options.attachment === true ? "attachment" : "inline";
  return `${kind}; filename*=UTF-8''${encodeExtended(name.toWellFormed())}; filename="${plain}";`;
}
