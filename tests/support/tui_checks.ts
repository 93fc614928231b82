/**
 * What holds for every screen of the terminal UI on a real terminal, and for how it is left.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import stringWidth from "string-width";
import { waitUntil } from "./run_program.ts";
import type { FinishedScreen, TmuxScreen, WaitOptions } from "./tmux.ts";

/** A size of a terminal. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What never is on a screen: pieces of escape sequences, and values that nobody made a text of. */
const GARBAGE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x09\x0b-\x1f\x7f]|\[\??\d+(?:;\d+)*[A-Za-z]|undefined|NaN|\[object|^\s+at .*:\d+:\d+/m;

/** The last line of the terminal stays empty: the cursor rests there. */
function drawnRows({ rows }: ScreenSize): number {
  return rows - 1;
}

function titleFor({ columns }: ScreenSize): RegExp {
  return columns < 60 ? /^ mm [A-Z]/ : /^ Model Manager {2}[A-Z]/;
}

/** Checks that a screen is as large as its terminal, with a title above, keys below, and no garbage between. */
export function checkScreen(text: string, size: ScreenSize): void {
  const { columns } = size;
  const lines = text.split("\n");
  strictEqual(lines.length, drawnRows(size), `another number of lines:\n${text}`);
  for (const line of lines) ok(stringWidth(line) <= columns, `wider than ${columns}: ${line}`);
  doesNotMatch(text, GARBAGE);
  match(lines[0] ?? "", titleFor(size), text);
  match(lines.at(-1) ?? "", /Q quit|Ctrl\+G help|Esc cancel/, text);
}

/** Whether a screen has been drawn for a size: before that, it shows what is left of the one before. */
export function isDrawnAt(text: string, size: ScreenSize): boolean {
  const lines = text.split("\n");
  return lines.length === drawnRows(size) && titleFor(size).test(lines[0] ?? "");
}

/** The screen once it has stayed the same for a moment: what is still asked for has come. */
async function captureAtRest(screen: TmuxScreen): Promise<string> {
  let before = "";
  return await screen.waitFor("it at rest", (text) => {
    const isAtRest = text === before;
    before = text;
    return isAtRest;
  });
}

/**
 * Checks a screen on which nothing changes by itself, and that drawing all of it anew shows the same: what was changed
 * line by line is what it should be. @returns the screen
 */
export async function checkCalm(screen: TmuxScreen, size: ScreenSize): Promise<string> {
  const [before, written] = [await captureAtRest(screen), (await screen.written()).length];
  checkScreen(before, size);
  await screen.press("C-l");
  await waitUntil("it is drawn anew", async () => (await screen.written()).indexOf("\x1b[2J", written) >= 0);
  const after = await captureAtRest(screen);
  if (after === before) return after;
  // Something came meanwhile: once more, and then it has to be the same.
  await screen.press("C-l");
  strictEqual(await captureAtRest(screen), after);
  return after;
}

/** Gives the screen another size and checks it there. @returns the screen */
export async function resizeTo(screen: TmuxScreen, size: ScreenSize, wanted: RegExp): Promise<string> {
  await screen.resize(size.columns, size.rows);
  const text = await screen.waitFor(`it at ${size.columns}x${size.rows}`, (shown) => {
    return isDrawnAt(shown, size) && wanted.test(shown);
  });
  checkScreen(text, size);
  return text;
}

/** Waits for the end, and checks that the terminal is as it was before. */
export async function checkRestored(
  screen: TmuxScreen,
  code: number,
  options: WaitOptions = {},
): Promise<FinishedScreen> {
  const finished = await screen.finished(options);
  const { echo, canonical, alternateScreen, cursorShown } = finished;
  deepStrictEqual(
    { code: finished.code, echo, canonical, alternateScreen, cursorShown },
    { code, echo: true, canonical: true, alternateScreen: false, cursorShown: true },
    finished.screen,
  );
  return finished;
}
