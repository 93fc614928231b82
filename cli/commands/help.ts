/**
 * `mm help`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import { COMMANDS } from "../command_list.ts";
import type { HelpPage } from "../help/find_help.ts";
import { HELP_WIDTH } from "../help_layout.ts";
import { PLAIN_THEME } from "../output/theme.ts";
import type { Session } from "../session.ts";
import { isParserError } from "../usage_error.ts";

const AFTER_HELP = `
A TOPIC is a page of the documentation, an error code, an exit code, a setting or a variable: all of it is in the
program and needs no network. Where a page has the name of a command, add .md to it.

Examples:
  mm help pull                    how a command is used
  mm help topics                  the pages
  mm help references              how models are named
  mm help CHECKSUM_MISMATCH       what an error means, and what to do
  mm help 5                       what an exit code means
  mm help download.limit_rate     a setting
  mm help settings | less         a long page
  mm help --man | man -l -        the manual page`;

/** What is said of where a link of a page leads. */
async function linker(): Promise<(target: string, text: string) => string> {
  const { topicOfFile } = await import("../help/topic_list.ts");
  return (target, text) => {
    const file = target.replace(/#.*$/, "").replace(/^(?:\.\/|docs\/)/, "");
    const topic = topicOfFile(file);
    if (topic !== undefined) {
      const isCommand = COMMANDS.some(({ name }) => name === topic.name);
      return `mm help ${topic.name}${isCommand ? ".md" : ""}`;
    }
    return /^https?:/.test(target) && target !== text ? target : "";
  };
}

async function showPage({ topic, title, text }: HelpPage, { output }: Session): Promise<void> {
  await output.result({
    json: () => ({ topic, title, markdown: text }),
    quiet: () => [text.trimEnd()],
    async human() {
      const { renderMarkdown } = await import("../help/render_markdown.ts");
      return await renderMarkdown(text, {
        width: Math.max(20, Math.min(HELP_WIDTH, output.width)),
        theme: output.theme,
        hasColor: output.theme !== PLAIN_THEME,
        link: await linker(),
      });
    },
  });
}

/** What is typed for a page: one with the name of a command is shown by the name of its file. */
function topicWord(name: string, file: string): string {
  return COMMANDS.some((command) => command.name === name) ? file : name;
}

async function showTopics(session: Session): Promise<void> {
  const { TOPICS } = await import("../help/topic_list.ts");
  const width = Math.max(...TOPICS.map(({ name, file }) => topicWord(name, file).length));
  await session.output.result({
    json: () => ({
      commands: COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name, summary }) => ({
        name,
        summary,
      })),
      topics: TOPICS.map(({ name, aliases = [], summary }) => ({ name, aliases, summary })),
    }),
    quiet: () => TOPICS.map(({ name }) => name),
    human: () => [
      "Topics:",
      ...TOPICS.map(({ name, file, summary }) => `  ${topicWord(name, file).padEnd(width)}  ${summary}`),
      "",
      "A topic is shown by mm help TOPIC; so is an error code, an exit code, a setting or a variable.",
    ],
  });
}

async function showManual({ output }: Session): Promise<void> {
  const { default: manual } = await import("../../docs/mm.1", { with: { type: "text" } });
  const lines = manual.trimEnd().split("\n");
  await output.result({
    json: () => ({ topic: "man", title: "mm(1)", roff: manual }),
    quiet: () => lines,
    human: () => lines,
    verbatim: true,
  });
}

/** The help of a command, as `mm COMMAND --help` shows it. */
async function showCommand(names: readonly string[], command: Command): Promise<void> {
  try {
    await command.parent?.parseAsync([...names, "--help"], { from: "user" });
  } catch (error) {
    if (!isParserError(error) || error.code !== "commander.helpDisplayed") throw error;
  }
}

/** The parser would show the help of the outer command for an inner one that does not exist. */
async function requireCommand([name = "", ...inner]: readonly string[]): Promise<void> {
  const [wanted] = inner;
  if (wanted === undefined || wanted === "help") return;
  const { commandTable } = await import("../completion/command_table.ts");
  const command = commandTable().commands.find((each) => each.name === name || each.aliases.includes(name));
  const names = command?.commands.map((each) => each.name) ?? [];
  if (names.includes(wanted)) return;
  const { suggest } = await import("../../core/base/near_names.ts");
  const meant = suggest(wanted, names);
  throw new ModelManagerError("USAGE_ERROR", `There is no command "${name} ${wanted}"`, {
    hints: [
      ...(meant === undefined ? [] : [`Did you mean mm help ${name} ${meant}?`]),
      `See how it is used: mm ${name} --help`,
    ],
  });
}

async function showHelp(
  words: readonly string[],
  { command, session }: { readonly command: Command; readonly session: Session },
): Promise<void> {
  // A name that does not exist is missing among the commands, not among those of this one.
  session.commandName = "";
  const { output } = session;
  const isProgram = output.mode === "json" || output.mode === "quiet";
  // This command itself is set up already and must not be again.
  const [first = ""] = words;
  if (first === "" || first === "help") {
    if (isProgram) return await showTopics(session);
    await showCommand([], command);
    output.say("");
    return await showTopics(session);
  }
  if (first === "topics" && words.length === 1) return await showTopics(session);
  const { findTopic } = await import("../help/topic_list.ts");
  if (COMMANDS.some(({ name, alias }) => name === first || alias === first)) {
    await requireCommand(words);
    await showCommand(words, command);
    const page = findTopic(words.join(" "));
    if (page !== undefined) output.suggest(`There is a page about it: mm help ${page.file}`);
    return;
  }
  const { findHelp } = await import("../help/find_help.ts");
  const commands = COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name }) => name);
  const configuration = (): ReturnType<Session["configuration"]> => session.configuration();
  await showPage(await findHelp(words, { commands, configuration }), session);
}

/** Adds what `mm help` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Show how a command is used, or a page of the documentation.")
    .argument("[TOPIC...]", "a command, such as pull or history list, or a topic")
    .option("--man", "the manual page, for man -l -")
    .addHelpText("after", AFTER_HELP)
    .action(async (words, options) => {
      if (options.man === true) return await showManual(session);
      await showHelp(words, { command: command as Command, session });
    });
}
