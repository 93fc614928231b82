/**
 * Screens of the terminal UI in tests: their frames as text, and their controllers with a shell that remembers.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { renderToString } from "ink";
import type { ModelManager, QueueAddRequest } from "../../mod.ts";
import { loadMeasure } from "../../cli/output/text_width.ts";
import type { TuiContext, TuiSession } from "../../cli/tui/context.ts";
import type { Downloads, TrackedRun } from "../../cli/tui/downloads/downloads.ts";
import { type DownloadsState, NO_DOWNLOADS } from "../../cli/tui/downloads/downloads_state.ts";
import { findBinding } from "../../cli/tui/key_map.ts";
import type { Frame, ScreenController, ScreenDefinition } from "../../cli/tui/screen.ts";
import type { Question, Shell, TextQuestion } from "../../cli/tui/shell/shell.ts";
import { errorMessage } from "../../cli/tui/shell/create_shell.ts";
import { createStore, type Store } from "../../cli/tui/store.ts";
import { BARE_THEME } from "../../cli/tui/theme.ts";
import { fakeManager } from "./fake_manager.ts";
import { TestClock } from "./test_clock.ts";

const measure = await loadMeasure();

/** When frames are drawn, unless a test says otherwise. */
export const NOW_MS: number = Date.parse("2026-05-04T12:00:00Z");

/** A frame without colours; 96 columns and 26 lines of body are those of a terminal of 100 x 30. */
export function testFrame(change: Partial<Frame> = {}): Frame {
  return {
    columns: 100,
    rows: 28,
    theme: BARE_THEME,
    measure,
    unicode: true,
    nowMs: NOW_MS,
    monotonicMs: 0,
    downloads: NO_DOWNLOADS,
    ...change,
  };
}

/** The sizes of which each screen has a snapshot: the body of 100 x 30, 70 x 24, 50 x 20 and 40 x 12. */
export const FRAME_SIZES = [
  { columns: 100, rows: 28 },
  { columns: 70, rows: 22 },
  { columns: 50, rows: 18 },
  { columns: 40, rows: 10 },
] as const;

/** What a screen shows of a state. Fails when that does not fit. */
export function drawScreen<State, Action, Command extends string>(
  { View }: ScreenDefinition<State, Action, Command>,
  state: State,
  change: Partial<Frame> = {},
): string {
  const frame = testFrame(change);
  const text = renderToString(View({ state, frame }), { columns: frame.columns });
  const lines = text.split("\n").map((line) => line.trimEnd());
  const size = `${frame.columns}x${frame.rows}`;
  strictEqual(Math.min(lines.length, frame.rows), lines.length, `more lines than fit into ${size}:\n${text}`);
  for (const line of lines) {
    strictEqual(Math.min(measure(line), frame.columns), measure(line), `too wide for ${size}: ${line}`);
  }
  return lines.join("\n");
}

/** A shell that remembers, and answers what it was told to. */
export class FakeShell implements Shell {
  readonly opened: (readonly [screen: string, argument: string | undefined])[] = [];
  readonly said: string[] = [];
  readonly failed: string[] = [];
  readonly questions: (Question | TextQuestion)[] = [];
  /** For the questions that come, in turn; Escape when there are none left. */
  readonly answers: (string | undefined)[] = [];
  readonly themes: string[] = [];
  backs = 0;
  quits = 0;

  open(screen: string, argument?: string): void {
    this.opened.push([screen, argument]);
  }
  back(): void {
    this.backs++;
  }
  confirm(question: Question): Promise<string | undefined> {
    this.questions.push(question);
    return Promise.resolve(this.answers.shift());
  }
  ask(question: TextQuestion): Promise<string | undefined> {
    this.questions.push(question);
    const answer = this.answers.shift();
    return Promise.resolve(
      answer !== undefined && question.check?.(answer) === undefined ? answer : undefined,
    );
  }
  say(text: string): void {
    this.said.push(text);
  }
  fail(error: unknown): void {
    this.failed.push(errorMessage(error).text);
  }
  useTheme(theme: string): void {
    this.themes.push(theme);
  }
  quit(): void {
    this.quits++;
  }
}

/** Downloads that remember what was asked of them. */
export class FakeDownloads implements Downloads {
  state: DownloadsState = NO_DOWNLOADS;
  readonly added: QueueAddRequest[] = [];
  readonly tracked: string[] = [];
  readonly calls: string[] = [];
  worksHere = false;
  readonly #listeners = new Set<() => void>();

  get(): DownloadsState {
    return this.state;
  }
  /** Becomes another state, and tells who listens. */
  become(state: DownloadsState): void {
    this.state = state;
    for (const listener of this.#listeners) listener();
  }
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  add(request: QueueAddRequest): Promise<void> {
    this.added.push(request);
    return Promise.resolve();
  }
  work(): void {
    this.calls.push("work");
  }
  async track<Result>(title: string, run: TrackedRun<Result>): Promise<Result> {
    this.tracked.push(title);
    const events = typeof run === "function" ? run(new AbortController().signal) : run;
    for (let next = await events.next();; next = await events.next()) {
      if (next.done === true) return next.value;
    }
  }
  stopActivity(id: string): void {
    this.calls.push(`stopActivity ${id}`);
  }
  forgetEnded(): number {
    this.calls.push("forgetEnded");
    return 0;
  }
  limitRate(limit: number | string | undefined): Promise<void> {
    this.calls.push(`limitRate ${limit}`);
    return Promise.resolve();
  }
  refresh(): Promise<void> {
    this.calls.push("refresh");
    return Promise.resolve();
  }
  stop(): Promise<void> {
    this.calls.push("stop");
    return Promise.resolve();
  }
  handOver(): Promise<boolean> {
    this.calls.push("handOver");
    return Promise.resolve(true);
  }
}

/** A screen that a test works with. */
export interface TestScreen<State, Action, Command extends string> {
  readonly store: Store<State, Action>;
  readonly controller: ScreenController<Command>;
  readonly shell: FakeShell;
  readonly downloads: FakeDownloads;
  readonly clock: TestClock;
  /** Ends what the screen does. */
  readonly abort: AbortController;
  /** Presses a key, and waits for what it does; failures are in `shell.failed`. @returns whether it does something */
  press(key: string): Promise<boolean>;
  /** What is shown now. */
  draw(change?: Partial<Frame>): string;
}

/** Starts the controller of a screen on a fake manager. */
export function startTestScreen<State, Action, Command extends string>(
  definition: ScreenDefinition<State, Action, Command>,
  options: { readonly manager?: Partial<ModelManager>; readonly session?: Partial<TuiSession> } = {},
): TestScreen<State, Action, Command> {
  const store = createStore(definition.initial, definition.reduce);
  const [shell, downloads, clock, abort] = [
    new FakeShell(),
    new FakeDownloads(),
    new TestClock(),
    new AbortController(),
  ];
  const manager = fakeManager(options.manager);
  const context: TuiContext = {
    // Tests give what their screen needs of it.
    session: { clock, environment: {}, ...options.session } as TuiSession,
    clock,
    signal: abort.signal,
    manager: () => Promise.resolve(manager),
    shell,
    downloads,
  };
  const controller = definition.start({ store, context });
  return {
    store,
    controller,
    shell,
    downloads,
    clock,
    abort,
    async press(key) {
      const state = store.get();
      const binding = findBinding(definition.keys, key, {
        state,
        isTyping: definition.isTyping?.(state) ?? false,
      });
      if (binding === undefined) return false;
      try {
        await controller.perform(binding.command);
      } catch (error) {
        shell.fail(error);
      }
      return true;
    },
    draw: (change = {}) =>
      drawScreen(definition, store.get(), { nowMs: clock.now(), downloads: downloads.get(), ...change }),
  };
}
