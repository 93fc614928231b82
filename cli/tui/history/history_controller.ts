/**
 * What the history's screen does.
 *
 * @module
 */
import { oneAtATime } from "../asking.ts";
import type { TuiContext } from "../context.ts";
import type { ScreenController, ScreenPorts } from "../screen.ts";
import type { Store } from "../store.ts";
import { filterFieldActions } from "../widgets/filter_field_keys.ts";
import { type CursorMove, isCursorMove } from "../widgets/list_cursor.ts";
import { listRoom } from "../widgets/list_room.ts";
import { scrollTop } from "../widgets/scroll_text.ts";
import { nextOf, PERIODS, STATUS_CHOICES } from "./history_choice.ts";
import { clearHistory } from "./history_clear.ts";
import type { HistoryCommand } from "./history_keys.ts";
import { HistoryReader } from "./history_reader.ts";
import { type HistoryAction, type HistoryState, selectedRecord } from "./history_state.ts";
import { createEndWatch } from "./end_watch.ts";

/** Lines of the screen that are no rows of the list. */
const OTHER_LINES = 8;

class HistoryController implements ScreenController<HistoryCommand> {
  readonly #store: Store<HistoryState, HistoryAction>;
  readonly #context: TuiContext;
  readonly #reader: HistoryReader;
  #unsubscribe: (() => void) | undefined;
  readonly #once = oneAtATime();

  constructor({ store, context }: ScreenPorts<HistoryState, HistoryAction>) {
    this.#store = store;
    this.#context = context;
    this.#reader = new HistoryReader({ store, context });
  }

  async enter(): Promise<void> {
    const { downloads, shell } = this.#context;
    this.#unsubscribe ??= downloads.subscribe(createEndWatch(downloads, () => {
      this.#reader.read().catch(shell.fail);
    }));
    await this.#reader.read();
  }

  leave(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#reader.stop();
    this.#store.dispatch({ type: "typing", isTyping: false });
  }

  async perform(command: HistoryCommand): Promise<void> {
    if (isCursorMove(command)) return await this.#move(command);
    const filtering = filterFieldActions(command);
    if (filtering === undefined) return await this.#act(command);
    filtering.forEach(this.#store.dispatch);
    if (filtering.some(({ type }) => type === "edited")) await this.#reader.read();
  }

  type(text: string): Promise<void> {
    this.#store.dispatch({ type: "edited", edit: { type: "insert", text } });
    return this.#reader.read();
  }

  select(index: number): void {
    this.#store.dispatch({ type: "placed", index, rows: this.#rows() });
    this.#reader.readMoreWhenNear().catch(this.#context.shell.fail);
  }

  async #act(command: HistoryCommand): Promise<void> {
    const { choice, look } = this.#store.get();
    switch (command) {
      case "status":
        this.#store.dispatch({ type: "chosen", choice: { status: nextOf(STATUS_CHOICES, choice.status) } });
        return await this.#reader.read();
      case "period":
        this.#store.dispatch({ type: "chosen", choice: { period: nextOf(PERIODS, choice.period) } });
        return await this.#reader.read();
      case "show":
        return this.#store.dispatch({ type: "looked", look: "record" });
      case "toList":
        return this.#store.dispatch({ type: "looked", look: "list" });
      case "statistics":
        this.#store.dispatch({ type: "looked", look: look === "statistics" ? "list" : "statistics" });
        return await this.#reader.read();
      case "refresh":
        return await this.#reader.read();
      case "clear":
        return await this.#once(async () => {
          if (await clearHistory(this.#context, choice)) await this.#reader.read();
        });
      default:
        return await this.#onRecord(command);
    }
  }

  async #onRecord(command: HistoryCommand): Promise<void> {
    const { shell, downloads } = this.#context;
    const record = selectedRecord(this.#store.get());
    if (record === undefined) return;
    if (command === "model") return shell.open("details", record.repo);
    if (command !== "retry") return;
    await downloads.add({ references: [record.reference] });
    shell.say(`Queued: ${record.reference}`, ["See how it goes on the screen of the downloads: press 3"]);
  }

  #rows(): number {
    return listRoom(this.#context, OTHER_LINES);
  }

  async #move(move: CursorMove): Promise<void> {
    const { look, top, figures } = this.#store.get();
    const shown = look === "statistics" ? figures : selectedRecord(this.#store.get());
    if (look !== "list") {
      if (shown !== undefined) this.#store.dispatch({ type: "scrolled", top: scrollTop(shown, top, move) });
      return;
    }
    this.#store.dispatch({ type: "moved", move, rows: this.#rows() });
    await this.#reader.readMoreWhenNear();
  }
}

/** Starts the controller of the history's screen. */
export function startHistory(
  ports: ScreenPorts<HistoryState, HistoryAction>,
): ScreenController<HistoryCommand> {
  return new HistoryController(ports);
}
