/**
 * The machine and the terminal.
 *
 * @module
 */
import { formatByteSize } from "../../base/byte_size.ts";
import { type Finding, ok, warning } from "./check.ts";

/** What the terminal can show. */
export interface TerminalFacts {
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Of the terminal; `undefined` when there is none. */
  readonly columns: number | undefined;
  /** Colour is wanted, and can be shown. */
  readonly colour: boolean;
  /** `LC_ALL`, `LC_CTYPE` or `LANG`, the first that is set; `undefined` when none is. */
  readonly locale: string | undefined;
}

/** Tables need about so much. */
const NARROW_COLUMNS = 60;

/** Colour, letters and width. */
export function checkTerminal(facts: TerminalFacts | undefined): Finding {
  if (facts === undefined || !facts.isTerminal) return ok("none: output goes to a file or a program");
  const { columns = 80, colour, locale } = facts;
  const detail = `${columns} columns, ${colour ? "color" : "no color"}${
    locale === undefined ? "" : `, ${locale}`
  }`;
  // Without any variable, most terminals show Unicode all the same.
  const narrowLetters = locale !== undefined && !/utf-?8/i.test(locale);
  if (narrowLetters) {
    return warning(`${detail}: names that are not ASCII may be shown wrongly`, [
      "Use Unicode: export LC_ALL=C.UTF-8",
    ]);
  }
  return columns < NARROW_COLUMNS
    ? warning(`${detail}: too narrow for tables`, ["Widen the window, or use --json: mm list --json"])
    : ok(detail);
}

/** What the machine offers. */
export interface MachineFacts {
  /** `undefined` when the process may not ask. */
  readonly memoryBytes: number | undefined;
  readonly processors: number;
  /** `undefined` where the system does not tell. */
  readonly openFiles: number | undefined;
}

/** Enough for all connections and files of several downloads. */
const FEW_FILES = 512;

/** Memory, processors and how many files may be open. */
export function checkMachine({ memoryBytes, processors, openFiles }: MachineFacts): Finding {
  const parts = [
    memoryBytes === undefined ? "memory not known" : `${formatByteSize(memoryBytes)} memory`,
    `${processors} processor${processors === 1 ? "" : "s"}`,
    ...(openFiles === undefined
      ? []
      : [Number.isFinite(openFiles) ? `${openFiles} open files` : "any number of open files"]),
  ];
  const detail = parts.join(", ");
  return openFiles !== undefined && openFiles < FEW_FILES
    ? warning(`${detail}: few for many downloads at once`, ["Allow more: ulimit -n 4096"])
    : ok(detail);
}
