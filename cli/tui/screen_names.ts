/**
 * The names of the screens; light, for the command line names them as well.
 *
 * @module
 */

/** The screens that digits lead to, in the order of the digits. */
export const NUMBERED_SCREENS = [
  "library",
  "search",
  "downloads",
  "history",
  "schedules",
  "settings",
  "logs",
] as const;

/** All screens. */
export const SCREEN_NAMES = [...NUMBERED_SCREENS, "details", "help"] as const;

/** One of the screens. */
export type ScreenName = typeof SCREEN_NAMES[number];
