/**
 * The theme that was chosen by its key is there the next time, too.
 *
 * @module
 */
import type { TuiSession } from "./context.ts";
import type { Shell } from "./shell/shell.ts";
import type { ThemeName } from "./theme.ts";

/** Where it is kept, and who is told that it is not. */
export interface KeepThemeOptions {
  readonly session: Pick<TuiSession, "configuration" | "settingsSource">;
  readonly shell: () => Pick<Shell, "say">;
  /** `--theme` was given: it counts more than any file. */
  readonly isGiven: boolean;
}

/** Writes a theme as `mm config set ui.theme` does; says so when that would not count. */
export function createThemeKeeper(
  { session, shell, isGiven }: KeepThemeOptions,
): (theme: ThemeName) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  const keep = async (theme: ThemeName): Promise<void> => {
    const { loadSettings, setInConfigFile } = await session.configuration();
    const source = await session.settingsSource();
    const { origins, files } = await loadSettings(source);
    const origin = origins.get("ui.theme");
    const stronger = isGiven
      ? "the option --theme"
      : origin === undefined || origin.source === "default" || origin.source === "user file"
      ? undefined
      : `the ${origin.source}${origin.name === undefined ? "" : ` ${origin.name}`}`;
    if (stronger !== undefined) {
      shell().say(`Theme: ${theme}, for now: it is set by ${stronger}`);
      return;
    }
    await setInConfigFile(files.userFile, {
      path: "ui.theme",
      text: theme,
      context: { home: source.home, baseDirectory: source.workingDirectory },
    });
  };
  // One after the other: the last one that was chosen is the one that stays.
  return (theme) => {
    const kept = last.then(() => keep(theme));
    last = kept.catch(() => {});
    return kept;
  };
}
