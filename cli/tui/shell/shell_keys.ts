/**
 * The keys that hold on every screen.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { NUMBERED_SCREENS, type ScreenName } from "../screen_names.ts";
import type { ShellState } from "./shell_state.ts";

/** What the keys of the shell do. */
export type ShellCommand = "back" | "quit" | "help" | "theme" | "nextScreen" | "previousScreen" | ScreenName;

const SCREEN_HELP: Readonly<
  Record<typeof NUMBERED_SCREENS[number], readonly [label: string, help: string, twin: string]>
> = {
  library: ["library", "Show the library", "mm list"],
  search: ["search", "Search the Hub", "mm search QUERY"],
  downloads: ["downloads", "Show what is being downloaded", "mm queue list"],
  history: ["history", "Show what was downloaded", "mm history list"],
  schedules: ["schedules", "Show when the daemon downloads by itself", "mm schedule list"],
  settings: ["settings", "Show and change the settings", "mm config show"],
  logs: ["logs", "Show what the daemon says", "mm logs"],
};

/** The keys that hold on every screen, after the screen's own. */
export const SHELL_KEYS: readonly KeyBinding<ShellState, ShellCommand>[] = [
  { keys: ["tab"], command: "nextScreen", label: "screens", help: "Go to the next screen" },
  { keys: ["?", "ctrl+g"], command: "help", label: "help", help: "Show all keys of this screen" },
  {
    keys: ["escape"],
    command: "back",
    label: "back",
    help: "Go back to the screen before",
    when: ({ trail }) => trail.length > 0,
    inFooter: false,
  },
  { keys: ["q"], command: "quit", label: "quit", help: "Leave; asks first while downloads run here" },
  ...NUMBERED_SCREENS.map((screen, index) => {
    const [label, help, twin] = SCREEN_HELP[screen];
    return { keys: [String(index + 1)], command: screen, label, help, twin, inFooter: false } as const;
  }),
  {
    keys: ["shift+tab"],
    command: "previousScreen",
    label: "previous",
    help: "Go to the screen before it",
    inFooter: false,
  },
  {
    keys: ["t"],
    command: "theme",
    label: "theme",
    help: "Change the colors: dark, light, high-contrast",
    twin: "mm config set ui.theme light",
    inFooter: false,
  },
];
