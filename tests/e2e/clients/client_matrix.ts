/**
 * The client matrix: programs that people use with the Hub, against the Hub of the tests, `mm serve` and
 * `mm serve --pull-through`. `deno task clients [PART OF A NAME] [--write]`
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { formatMarkdown, table } from "../../docs/markdown.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { ARIA2 } from "./aria2_client.ts";
import { type Check, Checks, type Client } from "./client_case.ts";
import { CURL } from "./curl_client.ts";
import { HF_COMMANDS } from "./hf_command.ts";
import { JS_CLIENTS } from "./js_client.ts";
import { type Column, openColumns } from "./matrix_servers.ts";
import { PYTHON_CLIENTS } from "./python_client.ts";

/** All clients, whether they are installed or not. */
export const CLIENTS: readonly Client[] = [...PYTHON_CLIENTS, ...HF_COMMANDS, ...JS_CLIENTS, CURL, ARIA2];

/** The page with the table. */
export const PAGE = new URL("../../../docs/clients.md", import.meta.url);

/** Pairs at a time. */
const LANES = 3;

/** What came of a client at a server. */
export interface Cell {
  readonly client: string;
  readonly version: string;
  readonly column: Pick<Column, "name" | "isCut">;
  readonly checks: readonly Check[];
  readonly elapsedMs: number;
}

async function meet(client: Client, column: Column, folder: string): Promise<Cell> {
  const startedAt = performance.now();
  const checks = new Checks();
  await mkdir(folder, { recursive: true });
  await checks.try("it runs", async () => {
    await using opened = await column.open();
    await client.run({ ...opened, isCut: column.isCut, folder }, checks);
  });
  // To have run is nothing to be counted.
  const done = checks.done.filter(({ name, problem }) => name !== "it runs" || problem !== undefined);
  return {
    client: client.name,
    version: client.version() ?? "",
    column,
    checks: done,
    elapsedMs: performance.now() - startedAt,
  };
}

async function playAll(pairs: readonly (readonly [Client, Column])[], dir: TempDir): Promise<Cell[]> {
  const cells: Cell[] = new Array(pairs.length);
  const waiting = pairs.map((pair, index) => ({ pair, index }));
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [client, column] = next.pair;
      cells[next.index] = await meet(client, column, dir.join(String(next.index)));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return cells;
}

/** Plays the whole matrix; clients whose name does not contain the text, and those that are missing, are left out. */
export async function playMatrix(part = ""): Promise<Cell[]> {
  await using dir = await makeTempDir();
  await using servers = await openColumns();
  const clients = CLIENTS.filter((client) => client.name.includes(part) && client.version() !== undefined);
  const pairs = clients.flatMap((client) => servers.columns.map((column) => [client, column] as const));
  return await playAll(pairs, dir);
}

/** The clients that are not installed. */
export function missingClients(): string[] {
  return CLIENTS.filter((client) => client.version() === undefined).map(({ name }) => name);
}

function titleOf({ name, isCut }: Cell["column"]): string {
  return isCut ? `${name}, connections cut` : name;
}

function countOf(checks: readonly Check[]): string {
  return `${checks.filter(({ problem }) => problem === undefined).length} of ${checks.length}`;
}

interface Row {
  readonly client: string;
  readonly version: string;
  readonly cells: readonly Cell[];
}

function rowsOf(cells: readonly Cell[]): Row[] {
  const names = [...new Set(cells.map(({ client }) => client))];
  return names.map((client) => {
    const own = cells.filter((cell) => cell.client === client);
    return { client, version: own[0]?.version ?? "", cells: own };
  });
}

function grid(cells: readonly Cell[]): { readonly head: string[]; readonly rows: string[][] } {
  const rows = rowsOf(cells);
  const head = ["Client", "Version", ...(rows[0]?.cells ?? []).map(({ column }) => titleOf(column))];
  const lines = rows.map((
    row,
  ) => [row.client, row.version, ...row.cells.map(({ checks }) => countOf(checks))]);
  const sums = (rows[0]?.cells ?? []).map((_, index) =>
    countOf(rows.flatMap((row) => row.cells[index]?.checks ?? []))
  );
  return { head, rows: [...lines, ["all", "", ...sums]] };
}

/** The table as text, for a terminal. */
export function formatMatrix(cells: readonly Cell[]): string {
  const { head, rows } = grid(cells);
  const widths = head.map((text, index) =>
    Math.max(text.length, ...rows.map((row) => row[index]?.length ?? 0))
  );
  return [head, ...rows].map((row) =>
    row.map((text, index) => text.padEnd(widths[index] ?? 0)).join("  ").trimEnd()
  )
    .join("\n");
}

/** What did not pass, a line each. */
export function problemsOf(cells: readonly Cell[]): string[] {
  return cells.flatMap(({ client, column, checks }) =>
    checks.filter(({ problem }) => problem !== undefined)
      .map(({ name, problem }) => `${client}, ${titleOf(column)}, ${name}: ${problem}`)
  );
}

const PAGE_HEAD = `# Clients

Written by \`deno task clients --write\`, which plays it; a test plays the same and fails when something does not pass,
or when this page names other checks.

Programs that people use with the Hub, each against three servers: the Hub that the tests have (it sends clients to a
second host for large files, as the real one does), \`mm serve\` over a library that was pulled from it, and
\`mm serve --pull-through\` with an empty library before it. A server each, with real processes.

What arrives is compared by SHA-256. *Connections cut* resets the connection in the middle of the first three replies
with the large file, between client and server and, for \`--pull-through\`, between server and Hub as well; only
transfers are tried then. Clients that give up after a cut are started again, as a person would do.

Files have from 0 to 8 000 003 bytes, and names such as \`odd/a b+c&d#e%20f.bin\`, \`odd/ü und ß.json\` and
\`odd/🦙 = llama!.txt\`. A token opens a gated model, which nobody else may have.`;

/** The page, as it is to be. */
export async function matrixPage(cells: readonly Cell[]): Promise<string> {
  const { head, rows } = grid(cells);
  const lists = rowsOf(cells).map(({ client, cells: own }) => {
    const names = [...new Set(own.flatMap(({ checks }) => checks.map(({ name }) => name)))];
    return `- \`${client}\`: ${names.join("; ")}`;
  });
  return await formatMarkdown(
    `${PAGE_HEAD}\n\n${table(head, rows)}\n\n## What is tried\n\n${lists.join("\n")}\n`,
  );
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: { write: { type: "boolean" }, times: { type: "boolean" } },
  });
  const cells = await playMatrix(positionals[0]);
  const problems = problemsOf(cells);
  const lines = [formatMatrix(cells), ...problems.map((problem) => `\n${problem}`)];
  for (const name of missingClients()) lines.push(`not installed: ${name}`);
  if (values.times) {
    for (const { client, column, elapsedMs } of cells) {
      lines.push(`${Math.round(elapsedMs)} ms ${client}, ${titleOf(column)}`);
    }
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${lines.join("\n")}\n`));
  if (values.write && positionals.length === 0 && missingClients().length === 0) {
    await Deno.writeTextFile(PAGE, await matrixPage(cells));
  }
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
