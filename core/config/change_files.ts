/**
 * What changes configuration files, loaded only then: every command reads settings, few write any.
 *
 * @module
 */
import type { ConfigDraft } from "./config_draft.ts";
import type { SettingChange } from "./edit_config_file.ts";
import type { SettingPath, SettingValue } from "./settings.ts";

/** Sets a setting in a file, see `edit_config_file.ts`; returns what was written. */
export async function setInConfigFile(file: string, change: SettingChange): Promise<SettingValue> {
  const edit = await import("./edit_config_file.ts");
  return await edit.setInConfigFile(file, change);
}

/** Removes a setting from a file; returns whether it was there. */
export async function unsetInConfigFile(file: string, path: SettingPath): Promise<boolean> {
  const edit = await import("./edit_config_file.ts");
  return await edit.unsetInConfigFile(file, path);
}

/** Takes all settings out of a file; returns the path of the backup, `undefined` when there is no file. */
export async function resetConfigFile(file: string): Promise<string | undefined> {
  const edit = await import("./edit_config_file.ts");
  return await edit.resetConfigFile(file);
}

/** Copies a file for an editor, see `config_draft.ts`. */
export async function openConfigDraft(file: string): Promise<ConfigDraft> {
  const draft = await import("./config_draft.ts");
  return await draft.openConfigDraft(file);
}
