/**
 * What came of the client matrix, as tables.
 *
 * @module
 */
import { code, formatMarkdown, table } from "../../docs/markdown.ts";
import type { Check } from "./client_case.ts";
import type { Column } from "./matrix_servers.ts";

/** The page with the table. */
export const PAGE: URL = new URL("../../../docs/clients.md", import.meta.url);

/** What came of a client at a server. */
export interface Cell {
  readonly client: string;
  readonly version: string;
  readonly column: Pick<Column, "name" | "isCut">;
  readonly checks: readonly Check[];
  readonly elapsedMs: number;
}

/** What stands above a column. */
export function titleOf({ name, isCut }: Cell["column"]): string {
  return isCut ? `${name}, connections cut` : name;
}

/** Passed and tried. */
export function countOf(checks: readonly Check[]): string {
  return `${checks.filter(({ problem }) => problem === undefined).length} of ${checks.length}`;
}

/** Names of clients, in their order. */
function clientsOf(cells: readonly Cell[]): string[] {
  return [...new Set(cells.map(({ client }) => client))];
}

function grid(cells: readonly Cell[]): { readonly head: string[]; readonly rows: string[][] } {
  const titles = [...new Set(cells.map(({ column }) => titleOf(column)))];
  const at = (title: string) => cells.filter(({ column }) => titleOf(column) === title);
  const rows = clientsOf(cells).map((client) => [
    client,
    cells.find((cell) => cell.client === client)?.version ?? "",
    ...titles.map((title) => {
      const cell = at(title).find((one) => one.client === client);
      return cell === undefined ? "" : countOf(cell.checks);
    }),
  ]);
  const sums = titles.map((title) => countOf(at(title).flatMap(({ checks }) => checks)));
  return { head: ["Client", "Version", ...titles], rows: [...rows, ["all", "", ...sums]] };
}

/** The table as text, for a terminal. */
export function formatMatrix(cells: readonly Cell[]): string {
  const { head, rows } = grid(cells);
  const widths = head.map((text, index) =>
    Math.max(text.length, ...rows.map((row) => row[index]?.length ?? 0))
  );
  const line = (row: readonly string[]): string =>
    row.map((text, index) => text.padEnd(widths[index] ?? 0)).join("  ").trimEnd();
  return [head, ...rows].map(line).join("\n");
}

/** What did not pass, a line each. */
export function problemsOf(cells: readonly Cell[]): string[] {
  return cells.flatMap(({ client, column, checks }) =>
    checks.filter(({ problem }) => problem !== undefined)
      .map(({ name, problem }) => `${client}, ${titleOf(column)}, ${name}: ${problem}`)
  );
}

const PAGE_HEAD = `# Clients

Written by \`deno task clients --write\`, which plays it; a test plays most of it, and fails when something does not pass
or when this page has other numbers.

Programs that people use with the Hub, each against three servers: the Hub of the tests (it sends clients to a second
host for large files, as the real one does), \`mm serve\` over a library that was pulled from it, and
\`mm serve --pull-through\` with an empty library before it. Each client has a server of its own. Clients
and \`mm serve\` are real programs on real connections, only the Hub is a stand-in within the test; what arrives is
compared by SHA-256.

*Connections cut* breaks the connection after 300 000 bytes of the first three replies with a large file: between
client and server and, for \`--pull-through\`, between server and Hub as well. Only transfers are tried then. Clients that
give up after a cut are started again, as a person would do.

Files have from 0 to 8 000 003 bytes, and names such as \`odd/a b+c&d#e%20f.bin\`, \`odd/ü und ß.json\` and
\`odd/🦙 = llama!.txt\`. A token opens a gated model, which nobody else may have.`;

const PAGE_NOTES = `## What clients cannot do

With any server, the Hub among them:

- \`@huggingface/hub\` takes only tokens that start with \`hf_\`: give \`mm serve\` such an access token. It asks for the
  first byte of every file, so that it cannot have empty ones, and puts paths into addresses as they are given:
  characters such as \`#\` and \`%\` have to be encoded by who calls it.
- \`aria2c\` and \`curl\` are given the token as a header. \`aria2c\` sends it to the second host of a Hub as well, which
  refuses it there; \`mm serve\` has no second host.
- \`huggingface_hub\` gives up when a connection is reset, and goes on where it was when it is called again.`;

/** The page, as it is to be. */
export async function matrixPage(cells: readonly Cell[]): Promise<string> {
  const { head, rows } = grid(cells);
  const tries = Map.groupBy(clientsOf(cells), (client) => {
    const own = cells.filter((cell) => cell.client === client);
    return [...new Set(own.flatMap(({ checks }) => checks.map(({ name }) => name)))].join("; ");
  });
  const lists = [...tries].map(([names, clients]) => `- ${clients.map(code).join(" and ")}: ${names}`);
  const tried = `## What is tried\n\n${lists.join("\n")}`;
  return await formatMarkdown(`${[PAGE_HEAD, table(head, rows), tried, PAGE_NOTES].join("\n\n")}\n`);
}

/** What the page says of each client at each server: `client, server` to `passed of tried`. */
export function countsOnPage(page: string): Map<string, string> {
  const rows = page.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map((text) => text.trim()));
  const [head = [], , ...lines] = rows;
  return new Map(
    lines.flatMap(([client = "", , ...counts]) =>
      counts.map((count, index) => [`${client}, ${head[index + 2]}`, count])
    ),
  );
}
