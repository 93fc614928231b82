/**
 * `docs/errors.md`, from the guide to the error codes.
 *
 * @module
 */
import { ERROR_CODES } from "../../core/base/errors.ts";
import { errorSection, exitMeanings } from "../../cli/help/error_guide.ts";
import { block, code, GENERATED, table } from "./markdown.ts";

const HEAD = `${GENERATED}

# Errors

\`mm help CODE\`, such as \`mm help CHECKSUM_MISMATCH\`, shows one of the sections, \`mm help 5\` what an exit code means.

An error is shown as \`error:\` and what is wrong, then the indented causes, then at least one \`hint:\` with the next
command to type. With \`--json\` the same is a document on standard output, whatever went wrong:`;

const DOCUMENT = `{
  "error": {
    "code": "NOT_FOUND",
    "message": "Repository \\"no/such\\" does not exist",
    "hints": ["Search for it: mm search such"],
    "causes": []
  }
}`;

const AFTER =
  `Branch on \`code\`, never on the text. Where one command works on several models, each result has an
\`error\` of its own, and the exit code is that of the failure, or that of \`PARTIAL\` when others went well. The library
throws the same codes: \`ModelManagerError.code\`. A stack is shown for bugs of the program only.`;

const EXIT_HEAD = `A promise to scripts: numbers are added, never given another meaning.`;

/** The page. */
export function errorsPage(): string {
  const exits = exitMeanings().map(({ exitCode, codes, meaning }) => [
    String(exitCode),
    codes.map((one) => `[${code(one)}](#${one.toLowerCase()})`).join(", "),
    meaning,
  ]);
  return [
    HEAD,
    block(DOCUMENT, "json"),
    AFTER,
    "## Exit codes",
    EXIT_HEAD,
    table(["exit code", "error code", "meaning"], exits),
    "## Error codes",
    ...ERROR_CODES.map((one) => errorSection(one, { level: 3 })),
  ].join("\n\n");
}
