/**
 * `docs/environment.md`, from the table of variables.
 *
 * @module
 */
import { ENVIRONMENT_VARIABLES, type EnvironmentVariable } from "../../core/config/mod.ts";
import { code, GENERATED, table } from "./markdown.ts";

const GROUPS: Readonly<Record<EnvironmentVariable["group"], string>> = {
  ours: "Ours",
  older: "Of the older tools",
  hub: "Of the Hub's own tools",
  convention: "Conventions",
  terminal: "Of the terminal",
};

const HEAD = `${GENERATED}

# Environment

A variable counts more than a file and less than an option. An empty one counts as not set. Of several that set the
same, the one that stands first here counts. Besides these, only variables are read that tell who and where one is:
\`HOME\`, \`USER\`, \`XDG_RUNTIME_DIR\` and \`DENO_DIR\`, on Windows \`USERPROFILE\`, \`USERNAME\`, \`USERDOMAIN\`,
\`APPDATA\`, \`LOCALAPPDATA\`, \`WINDIR\`, \`OS\` and \`ConEmuANSI\`.`;

function row({ name, setting, description, idle }: EnvironmentVariable): readonly string[] {
  return [
    code(name),
    setting === undefined ? "" : code(setting),
    idle === true ? `${description} (no effect)` : description,
  ];
}

/** The page. */
export function environmentPage(): string {
  const groups = Object.entries(GROUPS).flatMap(([group, title]) => [
    `## ${title}`,
    table(
      ["variable", "setting", "meaning"],
      ENVIRONMENT_VARIABLES.filter((variable) => variable.group === group).map(row),
    ),
  ]);
  return [HEAD, ...groups].join("\n\n");
}
