/**
 * What the screen of a model's details does.
 *
 * @module
 */
import { formatReference, parseReference, webHosts } from "../../../core/base/reference.ts";
import type { TuiContext } from "../context.ts";
import { openJobs } from "../library/open_jobs.ts";
import type { ScreenController, ScreenPorts } from "../screen.ts";
import type { Store } from "../store.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { listRoom } from "../widgets/list_room.ts";
import { scrollTop } from "../widgets/scroll_text.ts";
import {
  askRevision,
  confirmDownload,
  explainAccess,
  explainRefusal,
  queuedText,
} from "./details_dialogs.ts";
import type { DetailsCommand } from "./details_keys.ts";
import { chosenUnits, type DetailsAction, type DetailsState } from "./details_state.ts";
import { planDownload, toRequest } from "./download_plan.ts";
import { rowReference } from "./unit_rows.ts";

/** Lines of the screen that are no rows of the table. */
const OTHER_LINES = 14;

/** The controller. */
export class DetailsController implements ScreenController<DetailsCommand> {
  readonly #store: Store<DetailsState, DetailsAction>;
  readonly #context: TuiContext;
  /** What is asked for the model that is shown; aborted when another one is. */
  #asking = new AbortController();
  #selector: string | undefined;
  #unsubscribe: (() => void) | undefined;
  #atWork = new Set<string>();

  constructor({ store, context }: ScreenPorts<DetailsState, DetailsAction>) {
    this.#store = store;
    this.#context = context;
  }

  async enter(argument: string | undefined): Promise<void> {
    this.#unsubscribe ??= this.#context.downloads.subscribe(() => this.#takeJobs());
    this.#takeJobs();
    const { reference, isLoading } = this.#store.get();
    if (argument === undefined) {
      // Shown again: what has been downloaded since is here now.
      return reference === undefined || isLoading ? undefined : await this.#load();
    }
    const { repo, revision, selector } = parseReference(argument, { hosts: await this.#hosts() });
    this.#selector = selector;
    this.#store.dispatch({
      type: "asked",
      reference: formatReference({ repo, revision, selector: undefined }),
    });
    await this.#load();
  }

  leave(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#asking.abort();
    this.#store.dispatch({ type: "asking", isLoading: false });
  }

  async perform(command: DetailsCommand): Promise<void> {
    const { isReading, model, reference } = this.#store.get();
    switch (command) {
      case "mark":
        return this.#store.dispatch({ type: "toggled" });
      case "mmproj":
        return this.#store.dispatch({ type: "mmproj" });
      case "read":
        return this.#store.dispatch({ type: "reading", isReading: !isReading });
      case "closePage":
        return this.#store.dispatch({ type: "reading", isReading: false });
      case "refresh":
        return await this.#load();
      case "revision":
        return reference === undefined ? undefined : await this.#openRevision(reference);
      case "gated":
        return model === undefined ? undefined : await explainAccess(this.#context.shell, model);
      case "download":
        return await this.#download();
      default:
        return isReading ? this.#scroll(command) : this.#move(command);
    }
  }

  select(index: number): void {
    this.#store.dispatch({ type: "placed", index, rows: this.#rows() });
  }

  #rows(): number {
    return listRoom(this.#context, OTHER_LINES);
  }

  #move(move: CursorMove): void {
    this.#store.dispatch({ type: "moved", move, rows: this.#rows() });
  }

  #scroll(move: CursorMove): void {
    const { page, scroll } = this.#store.get();
    if (page.kind !== "here") return;
    this.#store.dispatch({ type: "scrolled", to: scrollTop(page.blocks, scroll, move) });
  }

  /** Web addresses of the Hub that is used are read, too. */
  async #hosts(): Promise<readonly string[]> {
    try {
      return webHosts((await this.#context.session.settings()).settings.endpoint);
    } catch {
      return [];
    }
  }

  /** The quants first, the page then: it may take its time. */
  async #load(): Promise<void> {
    const { reference, page } = this.#store.get();
    if (reference === undefined) return;
    this.#asking.abort();
    const asking = this.#asking = new AbortController();
    const signal = AbortSignal.any([asking.signal, this.#context.signal]);
    this.#store.dispatch({ type: "asking", isLoading: true });
    try {
      const manager = await this.#context.manager();
      const model = await manager.show(reference, { signal });
      if (signal.aborted) return;
      this.#store.dispatch({ type: "found", model, selector: this.#selector });
      if (page.kind === "here") return;
      const { readme } = await manager.show(reference, { signal, readme: true });
      if (!signal.aborted) this.#store.dispatch({ type: "page", text: readme });
    } catch (error) {
      // Somebody has gone on to another model, or another screen.
      if (!asking.signal.aborted) throw error;
    } finally {
      if (!asking.signal.aborted) this.#store.dispatch({ type: "asking", isLoading: false });
    }
  }

  #takeJobs(): void {
    const { model } = this.#store.get();
    const all = openJobs(this.#context.downloads.get(), undefined);
    this.#store.dispatch({ type: "jobs", jobs: all });
    const own = all.filter(({ target }) => target.repo === model?.repo);
    const now = new Set(own.map(({ id }) => id));
    const hasEnded = [...this.#atWork].some((id) => !now.has(id));
    this.#atWork = now;
    if (hasEnded && model !== undefined) this.#load().catch(this.#context.shell.fail);
  }

  async #openRevision(reference: string): Promise<void> {
    const { model } = this.#store.get();
    const { repo, revision } = parseReference(reference);
    const wanted = await askRevision(this.#context.shell, {
      repo,
      revision: model?.revision ?? revision ?? "main",
    });
    if (wanted === undefined) return;
    await this.enter(formatReference({ repo, revision: wanted, selector: this.#selector }));
  }

  async #download(): Promise<void> {
    const state = this.#store.get();
    const { model, withMmproj } = state;
    const { shell, downloads, signal } = this.#context;
    const chosen = chosenUnits(state);
    const missing = chosen.filter(({ isHere }) => !isHere);
    // A projector may be missing of what is here.
    const units = missing.length === 0 || withMmproj ? chosen : missing;
    const [first] = units;
    if (model === undefined || first === undefined || state.isPlanning) return;
    if (first.refused !== undefined) {
      return shell.say(`"${first.label}" cannot be downloaded: ${first.refused}`);
    }
    const wish = { references: units.map((unit) => rowReference(model, unit)), withMmproj };
    const manager = await this.#context.manager();
    this.#store.dispatch({ type: "planning", isPlanning: true });
    const [plan, space] = await Promise.all([planDownload(manager, wish, { signal }), manager.space()])
      .finally(
        () => this.#store.dispatch({ type: "planning", isPlanning: false }),
      );
    if (plan.error !== undefined) return await explainRefusal(shell, plan.error, model);
    if (plan.fetchFiles === 0) {
      return shell.say("All of it is here already", ["Check its files: press 1, then V"]);
    }
    if (!await confirmDownload(shell, plan, { model, units, space })) return;
    await downloads.add(toRequest(wish));
    this.#store.dispatch({ type: "unmarked" });
    shell.say(queuedText(units, plan), ["See how it goes: press 3"]);
  }
}
