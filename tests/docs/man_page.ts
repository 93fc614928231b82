/**
 * `docs/mm.1`, the manual page, from the same tables as the pages of `docs/`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { COMMANDS } from "../../cli/command_list.ts";
import { exitMeanings } from "../../cli/help/error_guide.ts";
import { plainOf } from "../../cli/help/markdown.ts";
import { TOPICS } from "../../cli/help/topic_list.ts";
import { VERSION } from "../../core/base/version.ts";
import { ENVIRONMENT_VARIABLES } from "../../core/config/mod.ts";
import { commandTree, type KnownCommand } from "../support/command_tree.ts";
import { meaning, textBelow } from "./commands_page.ts";

/** Text of which roff changes nothing. */
export function escapeRoff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll("…", "...")
    .replace(/^[.']/gm, "\\&$&");
}

function bold(text: string): string {
  return `\\fB${escapeRoff(text)}\\fR`;
}

/** Prose: code stands out, and hyphens are hyphens. */
function prose(text: string): string {
  return text.split("`").map((part, index) =>
    index % 2 === 1 ? bold(part) : escapeRoff(plainOf(part)).replaceAll("\\-", "-")
  ).join("");
}

function heading(title: string): string {
  return `.SH ${title.toUpperCase()}`;
}

/** An entry with what it means. */
function entry(term: string, text: string): string {
  return `.TP\n${term}\n${text === "" ? "\\&" : text}`;
}

/** Lines that stay as they are. */
function verbatim(text: string): string {
  return `.PP\n.nf\n.RS 2\n${
    text.split("\n").map((line) => line === "" ? "\\&" : escapeRoff(line)).join("\n")
  }\n.RE\n.fi`;
}

function optionEntries(command: Command): string[] {
  return command.options.filter(({ hidden }) => !hidden).map((option) =>
    entry(bold(option.flags), prose(meaning(option)))
  );
}

function commandSection({ names, command, isGroup }: KnownCommand): string[] {
  const title = ["mm", ...names].join(" ");
  const aliases = command.aliases().map((alias) => bold(["mm", ...names.slice(0, -1), alias].join(" ")));
  const also = aliases.length === 0 ? "" : ` Also ${aliases.join(", ")}.`;
  const below = textBelow(command);
  return [
    `.SS "${escapeRoff(title)}"`,
    ...(isGroup ? [] : [`${bold(title)} ${escapeRoff(command.usage())}`, ".PP"]),
    prose(command.description()) + also,
    ...command.registeredArguments.map((argument) => entry(bold(argument.name()), prose(meaning(argument)))),
    ...optionEntries(command),
    ...(below === "" ? [] : [verbatim(below)]),
  ];
}

const DESCRIPTION = `.B mm
finds models on the Hugging Face Hub, downloads them in parallel ranges, proves every byte with SHA-256 before a file
appears under its name, resumes after anything that stops it, and keeps the library: updates, pins, quotas, schedules,
history. On a terminal,
.B mm
alone opens the terminal UI.
.PP
Results go to standard output, everything said to a person goes to standard error. Nobody is asked anything, and no bars
are shown, where standard input and standard error are no terminal; what deletes something then needs
.BR \\-\\-yes .
.PP
A model is named by a reference,
.IR org / name [@ revision ][: selector ];
the selector is a quant such as Q4_K_M, a file, a folder or a pattern.`;

const FILES: readonly (readonly [string, string])[] = [
  ["~/models", "the library: `<org>/<name>/<path in the repository>`; the setting `models_dir`"],
  ["~/models/registry.json", "the index of the library"],
  ["$XDG_CONFIG_HOME/model-manager/config.json", "the settings; `mm config path` says which file counts"],
  ["mm.json, mm.yaml", "settings of a project, in the working directory"],
  ["models.json, models.lock.json", "which models are wanted, and exactly which bytes"],
  ["$XDG_STATE_HOME/model-manager/", "history, queue, schedules, logs"],
];

const EXAMPLES: readonly (readonly [string, string])[] = [
  [
    "Find a model, look at it, download one quant:",
    'mm search "qwen 0.5b"\nmm show org/name\nmm pull org/name:Q4_K_M',
  ],
  ["See what is here, prove it, bring it up to date:", "mm list\nmm verify\nmm update"],
  ["Share it with other machines:", "mm serve --host 0.0.0.0 --allow-anonymous"],
];

/** The page. */
export async function manPage(): Promise<string> {
  const { program, commands } = await commandTree();
  const shown = COMMANDS.filter(({ hidden }) => hidden !== true).flatMap(({ name }) =>
    commands.filter(({ names }) => names[0] === name)
  );
  const lines = [
    `.\\" Made by: deno task docs. A test fails when it is not up to date.`,
    `.TH MM 1 "" "mm ${VERSION}" "Model Manager"`,
    heading("name"),
    "mm \\- find, download, verify and keep AI models from the Hugging Face Hub",
    heading("synopsis"),
    ".B mm\n.RI [ options ]\n.I command\n.RI [ arguments ]",
    heading("description"),
    DESCRIPTION,
    heading("options"),
    "Every command takes these, before or after its name.",
    ...optionEntries(program),
    heading("commands"),
    ...shown.flatMap(commandSection),
    heading("environment"),
    ...ENVIRONMENT_VARIABLES.filter(({ idle }) => idle !== true).map(({ name, description, setting }) =>
      entry(bold(name), prose(description) + (setting === undefined ? "" : ` (the setting ${bold(setting)})`))
    ),
    heading("files"),
    ...FILES.map(([path, text]) => entry(`\\fI${escapeRoff(path)}\\fR`, prose(text))),
    heading("exit status"),
    ...exitMeanings().map(({ exitCode, codes, meaning: text }) =>
      entry(bold(String(exitCode)), prose(codes.length === 0 ? text : `${codes.join(", ")}: ${text}`))
    ),
    heading("examples"),
    ...EXAMPLES.flatMap(([title, text], index) => [
      ...(index === 0 ? [] : [".PP"]),
      prose(title),
      verbatim(text),
    ]),
    heading("see also"),
    "Pages that travel with the program, shown by",
    `${bold("mm help")} \\fITOPIC\\fR:`,
    ...TOPICS.map(({ name, summary }) => entry(bold(name), prose(summary))),
    ".PP\n.BR man (1),\n.BR deno (1)",
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
