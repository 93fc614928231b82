/**
 * Pieces of Markdown.
 *
 * @module
 */
import { ROOT } from "../arch/source_scan.ts";

/** The head of every generated page, for those who edit it; readers do not see it. */
export const GENERATED = "<!-- Made by: deno task docs. A test fails when it is not up to date. -->";

/** A cell's text: bars and line ends would end it, and angle brackets outside of code would be taken for HTML. */
function cell(text: string): string {
  const parts = text.replaceAll("|", "\\|").replace(/\s+/g, " ").trim().split("`");
  return parts.map((part, index) => index % 2 === 0 ? part.replaceAll("<", "\\<") : part).join("`");
}

/** A name as code. */
export function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

/** A table; columns in which nothing stands are left out. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const kept = headers.map((_, index) => index).filter((index) =>
    rows.some((row) => (row[index] ?? "") !== "")
  );
  const line = (cells: readonly string[]): string =>
    `| ${kept.map((index) => cell(cells[index] ?? "")).join(" | ")} |`;
  return [line(headers), `|${kept.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** A block of text that is shown as it is. */
export function block(text: string, language = "text"): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** The text as `deno fmt` would leave it. */
export async function formatMarkdown(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "md", "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`Cannot format the page: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
