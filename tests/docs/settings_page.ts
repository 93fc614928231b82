/**
 * `docs/settings.md`, from the table of settings.
 *
 * @module
 */
import { ENVIRONMENT_VARIABLES, SETTING_FIELDS, SETTING_PATHS, variablesOf } from "../../core/config/mod.ts";
import type { SettingPath, SettingValue } from "../../core/config/mod.ts";
import { block, code, GENERATED, table } from "./markdown.ts";

function shown(value: SettingValue): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "none";
  return code(String(value));
}

function row(path: SettingPath): readonly string[] {
  const { kind, default: usual, description, personal } = SETTING_FIELDS[path];
  const note = personal === true ? `${description}; not in a project file` : description;
  return [code(path), shown(usual), kind.wanted, variablesOf(path).map(code).join(", "), note];
}

const HEAD = `${GENERATED}

# Settings

What counts is, from the strongest: an option, a variable, the project file, the user's file, the default.
\`mm config show --origin\` says for every setting who has set it. Relative paths begin at the folder of the file they
stand in, those of variables and options at the working directory; \`~\` is the home folder.

| file | where |
|---|---|
| the user's | \`config.json\`, \`config.yaml\` or \`config.yml\` in \`$XDG_CONFIG_HOME/model-manager\`; \`mm config path\` says which |
| another one in its place | \`--config FILE\`, \`MM_CONFIG\` |
| the project's | \`mm.json\`, \`mm.yaml\` or \`mm.yml\` in the working directory |`;

const EXAMPLE = `models_dir: /data/models
download:
  connections: 4
  limit_rate: 20M   # bytes a second
cleanup:
  auto: true
  max_total_size: 500G`;

const EDITING = `## Changing them

${block("mm config set download.limit_rate 20M\nmm config unset download.limit_rate\nmm config edit", "sh")}

\`set\` and \`unset\` change the one value and leave everything else in the file as it is, comments of YAML included.
\`mm config validate [FILE]\` names every mistake with line, column, key, value and what is allowed. A name that nobody
knows, or that stands twice, is a mistake, so that a typing error does not pass for a setting.`;

/** The page. */
export function settingsPage(): string {
  const older = SETTING_PATHS.flatMap((path) => {
    const { olderKey } = SETTING_FIELDS[path];
    return olderKey === undefined ? [] : [[code(olderKey), code(path)]];
  });
  const variables = ENVIRONMENT_VARIABLES.filter(({ group }) => group === "older").map(({ name }) =>
    code(name)
  );
  return [
    HEAD,
    "## All settings",
    table(["setting", "default", "value", "variables", "meaning"], SETTING_PATHS.map(row)),
    "## A file",
    `A dot in a name stands for a group. JSON has the same shape.`,
    block(EXAMPLE, "yaml"),
    EDITING,
    "## Files of the older tools",
    `They are read as they are: \`check_frequency\` and \`default_schedule\` have the same names, the others are known ` +
    `under both. Their variables are known as well: ${
      variables.join(", ")
    }; see [environment.md](environment.md).`,
    table(["older key", "setting"], older),
  ].join("\n\n");
}
