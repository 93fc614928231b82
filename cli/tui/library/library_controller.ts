/**
 * What the keys of the library's screen do.
 *
 * @module
 */
import type { TuiContext } from "../context.ts";
import type { ScreenController, ScreenPorts } from "../screen.ts";
import type { Store } from "../store.ts";
import { filterActions, isFilterCommand } from "../widgets/filter_keys.ts";
import { isCursorMove } from "../widgets/list_cursor.ts";
import { listRoom } from "../widgets/list_room.ts";
import type { LibraryCommand } from "./library_keys.ts";
import { LibraryReader } from "./library_reader.ts";
import { referenceOf } from "./library_reference.ts";
import type { LibraryRow } from "./library_rows.ts";
import { type LibraryAction, type LibraryState, selectedRow } from "./library_state.ts";
import { LibraryTasks } from "./library_tasks.ts";
import { deleteModel, togglePin } from "./library_work.ts";

/** Lines of the screen that are no rows of the list. */
const OTHER_LINES = 10;

/** The controller. */
export class LibraryController implements ScreenController<LibraryCommand> {
  readonly #store: Store<LibraryState, LibraryAction>;
  readonly #context: TuiContext;
  readonly #reader: LibraryReader;
  readonly #tasks: LibraryTasks;

  constructor(ports: ScreenPorts<LibraryState, LibraryAction>) {
    this.#store = ports.store;
    this.#context = ports.context;
    this.#reader = new LibraryReader(ports);
    this.#tasks = new LibraryTasks(ports, () => this.#reader.read());
  }

  async enter(): Promise<void> {
    await this.#reader.begin();
    await this.#tasks.checkWhenDue();
  }

  leave(): void {
    this.#reader.stop();
    this.#store.dispatch({ type: "filtering", isFiltering: false });
  }

  async perform(command: LibraryCommand): Promise<void> {
    if (isCursorMove(command)) {
      return this.#store.dispatch({ type: "moved", move: command, rows: this.#rows() });
    }
    if (isFilterCommand(command)) {
      return filterActions(command, this.#store.get().filter).forEach(this.#store.dispatch);
    }
    switch (command) {
      case "search":
        return this.#context.shell.open("search");
      case "refresh":
        await this.#reader.read();
        return await this.#tasks.check({ isAsked: true });
      case "sort":
        return this.#store.dispatch({ type: "sorted" });
      case "stopVerifying":
        return this.#tasks.stopVerifying();
    }
    const row = selectedRow(this.#store.get());
    if (row !== undefined) await this.#act(command, row);
  }

  type(text: string): void {
    this.#store.dispatch({ type: "filtered", filter: this.#store.get().filter + text });
  }

  select(index: number): void {
    this.#store.dispatch({ type: "placed", index, rows: this.#rows() });
  }

  #rows(): number {
    return listRoom(this.#context, OTHER_LINES);
  }

  /** Does something to the model of the cursor. */
  async #act(
    command: "details" | "update" | "verify" | "delete" | "pin",
    row: LibraryRow,
  ): Promise<void> {
    const { reference, model } = row;
    if (command === "details") return this.#context.shell.open("details", referenceOf(row));
    if (model === undefined) return;
    switch (command) {
      case "update":
        return await this.#tasks.update(reference);
      case "verify":
        return await this.#tasks.verify(reference);
      case "delete":
        return await this.#delete(row);
      case "pin":
        await togglePin(this.#context, { reference, pinned: model.pinned });
        return await this.#reader.read();
    }
  }

  /** Data that is in use is not deleted: what would be asked could not be done. */
  async #delete({ reference, job }: LibraryRow): Promise<void> {
    const { shell } = this.#context;
    if (job?.status === "downloading") {
      return shell.say(`${reference} is being downloaded: cancel that first`, [
        "Cancel the download: press 3, then C",
      ]);
    }
    if (this.#tasks.isUpdating(reference)) {
      return shell.say(`${reference} is being updated: stop that first`, [
        "Stop the update: press 3, then C",
      ]);
    }
    if (await deleteModel(this.#context, reference)) await this.#reader.read();
  }
}
