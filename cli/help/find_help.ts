/**
 * What is meant by the words after `mm help`, where it is no command.
 *
 * @module
 */
import { ERROR_CODES, type ErrorCode, ModelManagerError } from "../../core/base/errors.ts";
import { suggest } from "../../core/base/near_names.ts";
import type { Configuration } from "../wiring.ts";
import { errorSection, type ExitMeaning, exitMeanings } from "./error_guide.ts";
import { plainOf } from "./markdown.ts";
import { findTopic, type Topic, TOPICS } from "./topic_list.ts";

/** A text that answers. */
export interface HelpPage {
  /** How it is asked for. */
  readonly topic: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

/** The part of a page below one heading, with it. */
export function sectionOf(text: string, heading: string): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, "") === heading);
  if (start < 0) return text;
  const level = /^#+/.exec(lines[start] ?? "")?.[0].length ?? 1;
  let isCode = false;
  const end = lines.findIndex((line, index) => {
    if (index <= start) return false;
    if (line.trimStart().startsWith("```")) isCode = !isCode;
    return !isCode && (/^#+(?= )/.exec(line)?.[0].length ?? Infinity) <= level;
  });
  return lines.slice(start, end < 0 ? undefined : end).join("\n").trimEnd();
}

async function topicPage(topic: Topic): Promise<HelpPage> {
  const { default: page } = await topic.load();
  const text = topic.section === undefined ? page : sectionOf(page, topic.section);
  const title = plainOf(/^#+ (.*)$/m.exec(text)?.[1] ?? topic.name);
  return { topic: topic.name, title, text };
}

function codePage(code: ErrorCode): HelpPage {
  const more = "See all of them: `mm help errors`.";
  return { topic: code, title: code, text: `${errorSection(code, { level: 1 })}\n\n${more}` };
}

function exitPage({ exitCode, codes, meaning }: ExitMeaning): HelpPage {
  const title = `Exit code ${exitCode}`;
  const sections = codes.map((code) => errorSection(code, { level: 2 }));
  return {
    topic: String(exitCode),
    title,
    text: [
      `# ${title}`,
      `${meaning.charAt(0).toUpperCase()}${meaning.slice(1).replace(/\.$/, "")}.`,
      ...sections,
    ]
      .join("\n\n"),
  };
}

function settingPage(name: string, configuration: Configuration): HelpPage | undefined {
  const path = configuration.findSetting(name);
  if (path === undefined) return undefined;
  const { description, kind, default: usual, personal } = configuration.SETTING_FIELDS[path];
  const isNone = usual === null || (Array.isArray(usual) && usual.length === 0);
  const variables = configuration.variablesOf(path).map((variable) => `\`${variable}\``);
  const facts = [
    `- Value: ${kind.wanted}`,
    `- Default: ${isNone ? "none" : `\`${String(usual)}\``}`,
    ...(variables.length === 0 ? [] : [`- Variables: ${variables.join(", ")}`]),
    ...(personal === true ? ["- Not in a project file"] : []),
  ];
  const text = [
    `# ${path}`,
    `${description}.`,
    facts.join("\n"),
    `See what counts here: \`mm config get ${path}\`. All settings: \`mm help settings\`.`,
  ].join("\n\n");
  return { topic: path, title: path, text };
}

function variablePage(name: string, configuration: Configuration): HelpPage | undefined {
  const variable = configuration.ENVIRONMENT_VARIABLES.find((one) => one.name === name.toUpperCase());
  if (variable === undefined) return undefined;
  const { description, setting, idle } = variable;
  const text = [
    `# ${variable.name}`,
    `${description}${idle === true ? " (no effect)" : ""}.`,
    ...(setting === undefined ? [] : [`It sets \`${setting}\`: \`mm help ${setting}\`.`]),
    "All variables: `mm help environment`.",
  ].join("\n\n");
  return { topic: variable.name, title: variable.name, text };
}

/**
 * The page that is meant: a topic, an error code, an exit code, a setting or a variable.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when there is none, with the nearest names.
 */
export async function findHelp(
  words: readonly string[],
  options: { readonly commands: readonly string[]; readonly configuration: () => Promise<Configuration> },
): Promise<HelpPage> {
  const name = words.join(" ");
  const topic = findTopic(name);
  if (topic !== undefined) {
    // `CI` is a variable, and `ci` a page.
    const isVariable = /^[A-Z_]+$/.test(name);
    const exact = isVariable ? variablePage(name, await options.configuration()) : undefined;
    return exact ?? await topicPage(topic);
  }
  const code = ERROR_CODES.find((one) => one === name.toUpperCase().replace(/[\s-]/g, "_"));
  if (code !== undefined) return codePage(code);
  const exit = exitMeanings().find(({ exitCode }) => String(exitCode) === name);
  if (exit !== undefined) return exitPage(exit);
  const configuration = await options.configuration();
  const page = settingPage(name, configuration) ?? variablePage(name, configuration);
  if (page !== undefined) return page;
  throw unknownHelp(name, options.commands, configuration);
}

function unknownHelp(
  name: string,
  commands: readonly string[],
  configuration: Configuration,
): ModelManagerError {
  const known = [
    ...commands,
    ...TOPICS.flatMap((topic) => [topic.name, ...topic.aliases ?? []]),
    ...ERROR_CODES,
    ...configuration.SETTING_PATHS,
    ...configuration.ENVIRONMENT_VARIABLES.map((variable) => variable.name),
  ];
  const typed = name.toLowerCase();
  const meant = configuration.SETTING_PATHS.find((path) => path.split(".").at(-1) === typed) ??
    suggest(name, known) ??
    known.find((each) => typed.length >= 3 && each.toLowerCase().startsWith(typed));
  return new ModelManagerError("USAGE_ERROR", `There is no command "${name}", and no topic of that name`, {
    hints: [
      ...(meant === undefined ? [] : [`Did you mean mm help ${meant}?`]),
      "See the commands: mm --help",
      "See the topics: mm help topics",
    ],
  });
}
