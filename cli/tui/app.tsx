/**
 * The terminal UI as Ink draws it: title bar, screen or question, message, keys.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import { Box, Text, useInput, usePaste } from "ink";
import { type ReactNode, useSyncExternalStore } from "react";
import type { ColorDepth } from "../output/color_depth.ts";
import type { Measure } from "../output/text_width.ts";
import { keyName } from "./key_name.ts";
import type { Frame } from "./screen.ts";
import { dialogLines } from "./shell/dialog_view.ts";
import { messageLines } from "./shell/message_lines.ts";
import { SHELL_KEYS } from "./shell/shell_keys.ts";
import { downloadsSummary, footer, titleBar } from "./shell/title_bar.ts";
import { footerBindings } from "./key_map.ts";
import { type TuiTheme, tuiTheme } from "./theme.ts";
import type { Tui } from "./tui.ts";
import { Lines } from "./widgets/lines.tsx";

/** What the terminal is like. */
export interface AppProps {
  readonly tui: Tui;
  readonly measure: Measure;
  /** Block characters and arrows can be shown. */
  readonly unicode: boolean;
  /** Colours are not wanted. */
  readonly noColor: boolean;
  /** How many colours the terminal has. */
  readonly depth: ColorDepth;
}

/** The keys of a question, by its kind. */
const ANSWER_KEYS = {
  choice: [
    { keys: ["enter"], label: "take" },
    { keys: ["left"], label: "other" },
    { keys: ["escape"], label: "cancel" },
  ],
  text: [
    { keys: ["enter"], label: "take" },
    { keys: ["ctrl+u"], label: "clear" },
    { keys: ["escape"], label: "cancel" },
  ],
} as const;

/**
 * The cursor rests on a last line of its own, which stays empty: where a thread is started, Deno clears the line that
 * the cursor is on, and all below it.
 */
const CURSOR_ROWS = 1;

/** Below this, nothing useful can be shown. */
const LEAST = { columns: 40, rows: 12 } as const;

function tooSmall(columns: number, rows: number): string[] {
  return [`${columns}x${rows} is too small`, `wanted ${LEAST.columns}x${LEAST.rows}`].map((text) =>
    text.slice(0, columns)
  ).slice(0, rows);
}

/** Listens to the keyboard. */
function Keyboard({ tui }: { readonly tui: Tui }): ReactNode {
  useInput((input, key) => {
    const name = keyName(input, key);
    // Several characters at once are a person that types faster than we read.
    if ([...name].length > 1 && name === input) tui.type(input);
    else if (name !== "") tui.press(name);
  });
  usePaste((text) => tui.type(text));
  return null;
}

/** The whole screen. */
export function App({ tui, measure, unicode, noColor, depth }: AppProps): ReactNode {
  const shell = useSyncExternalStore(tui.store.subscribe, tui.store.get);
  const screen = tui.screen(shell.screen);
  useSyncExternalStore(screen.subscribe, screen.get);
  const downloads = useSyncExternalStore(
    (listener) => tui.downloads.subscribe(listener),
    () => tui.downloads.get(),
  );
  const { columns, nowMs, monotonicMs, dialogs: [dialog], message } = shell;
  const rows = shell.rows - CURSOR_ROWS;
  const theme: TuiTheme = tuiTheme(shell.theme, { noColor, depth });
  if (columns < LEAST.columns || shell.rows < LEAST.rows) {
    return (
      <Box flexDirection="column">
        <Keyboard tui={tui} />
        <Lines lines={tooSmall(columns, shell.rows)} />
      </Box>
    );
  }
  const line = { columns, theme, measure, unicode };
  const said = message === undefined ? [] : messageLines(message, { columns, rows, theme, measure });
  const frame: Frame = { ...line, rows: rows - 2 - said.length, nowMs, monotonicMs, downloads };
  const lookup = { state: shell, isTyping: screen.isTyping() };
  const keys = dialog === undefined
    ? [...screen.footer(), ...footerBindings(SHELL_KEYS, lookup)]
    : ANSWER_KEYS[dialog.kind];
  const status = downloadsSummary(downloads, monotonicMs);
  return (
    <Box flexDirection="column" height={rows}>
      <Keyboard tui={tui} />
      <Text wrap="truncate">{titleBar({ title: screen.title, status }, line)}</Text>
      <Box flexDirection="column" height={frame.rows} overflow="hidden">
        {dialog === undefined
          ? screen.render(frame)
          : <Lines lines={dialogLines(dialog, frame)} rows={frame.rows} />}
      </Box>
      <Lines lines={said} />
      <Text wrap="truncate">{footer(keys, line)}</Text>
    </Box>
  );
}
