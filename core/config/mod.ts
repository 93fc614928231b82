/**
 * Settings: what can be configured, where it is written, and which value counts.
 *
 * @module
 */
export { openConfigDraft, resetConfigFile, setInConfigFile, unsetInConfigFile } from "./change_files.ts";
export type { ConfigDraft } from "./config_draft.ts";
export { type ConfigFile, readConfigFile, readConfigText } from "./config_file.ts";
export {
  type Environment,
  ENVIRONMENT_VARIABLES,
  type EnvironmentVariable,
  isOfflineEnvironment,
  settingsFromEnvironment,
  variablesOf,
} from "./env_vars.ts";
export { EXPORT_FORMATS, exportedSettings, type ExportFormat, formatExport } from "./export_settings.ts";
export {
  type ConfigFiles,
  findConfigFiles,
  loadSettings,
  type LoadSettingsOptions,
  settingsWithoutFiles,
  validateConfigFile,
  validateSettings,
} from "./load_settings.ts";
export {
  type OriginatedValue,
  type ResolvedSettings,
  resolveSettings,
  type SettingLayer,
  type SettingOrigin,
  settingValue,
} from "./resolve_settings.ts";
export {
  findSetting,
  readSetting,
  SETTING_FIELDS,
  SETTING_PATHS,
  type SettingField,
  settingNames,
} from "./setting_fields.ts";
export { type OptionSetting, optionSettings } from "./option_settings.ts";
export { expandPath, isTruthy, normalizeEndpoint, type PathContext } from "./setting_kinds.ts";
export { DEFAULT_ENDPOINT, type SettingPath, type Settings, type SettingValue } from "./settings.ts";
export { suggest } from "../base/near_names.ts";
