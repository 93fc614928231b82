/**
 * The terminal UI in lines, on a terminal or through pipes.
 *
 * @module
 */
import { loadMeasure } from "../../output/text_width.ts";
import type { Session } from "../../session.ts";
import { type RunningTui, startTui, type TuiOptions } from "../start_tui.ts";
import { runTicker } from "../ticker.ts";
import { PlainMode } from "./plain_mode.ts";
import { PlainTeller } from "./plain_teller.ts";

const PROMPT = "> ";
/** The layouts of screens do not matter to what is said of them. */
const SIZE = { columns: 80, rows: 24 } as const;

/** Takes line after line, until there are none or it has ended. */
async function converse(running: RunningTui, session: Session): Promise<void> {
  const { terminal, clock } = session;
  const { tui } = running;
  const isInteractive = terminal.stdinIsTerminal && terminal.stdoutIsTerminal;
  const ended = new AbortController();
  void running.ended.then(() => ended.abort());
  const { signal } = ended;
  let isPrompting = false;
  const prompt = (): void => {
    isPrompting = isInteractive;
    if (isInteractive) terminal.writeOut(PROMPT);
  };
  const say = (lines: readonly string[]): void => {
    const wasPrompting = isPrompting;
    isPrompting = false;
    terminal.writeOut(`${wasPrompting ? "\n" : ""}${lines.map((line) => `${line}\n`).join("")}`);
    if (wasPrompting) prompt();
  };
  const columns = terminal.size()?.columns ?? SIZE.columns;
  const teller = new PlainTeller({ tui, measure: await loadMeasure(), columns, say });
  const plain = new PlainMode({ tui, teller, clock, signal, isInteractive });
  const fail = (error: unknown): void => running.end({ kind: "failed", error });
  void runTicker({ clock, downloads: tui.downloads, signal, tick: () => tui.tick() });
  say(["Model Manager, plain mode. Type help to see what can be typed, quit to leave."]);
  running.begin();
  await plain.again();
  plain.watch().catch(fail);
  while (!signal.aborted) {
    prompt();
    const line = await terminal.readLine({ signal });
    isPrompting = false;
    // Nobody can be asked any more: it is the same as to leave and to stop.
    if (line === undefined) return running.end({ kind: "left", how: "idle" });
    await plain.take(line);
  }
}

/** Runs it until somebody leaves, or the input ends; what runs here is stopped then, and can be resumed. */
export async function runPlain(session: Session, options: TuiOptions): Promise<void> {
  const running = await startTui(session, options, SIZE);
  const conversation = converse(running, session).catch((error: unknown) => {
    running.end({ kind: "failed", error });
  });
  const ending = await running.ended;
  await Promise.race([conversation, session.clock.sleep(100)]);
  await running.close(ending);
}
