/**
 * A screen at work: its state, its controller, and what the shell needs of both.
 *
 * @module
 */
import type { ReactNode } from "react";
import { createElement } from "react";
import type { TuiContext } from "./context.ts";
import { findBinding, footerBindings, type KeyBinding } from "./key_map.ts";
import type { Frame, ScreenDefinition } from "./screen.ts";
import type { ScreenName } from "./screen_names.ts";
import { createStore } from "./store.ts";

/** A screen at work, whatever its state is. */
export interface LiveScreen {
  readonly name: ScreenName;
  readonly title: string;
  /** All its keys. */
  readonly keys: readonly Pick<KeyBinding<never>, "keys" | "command" | "label" | "help" | "twin">[];
  /** Changes with the state. */
  get(): unknown;
  /** Listens until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Keys for the footer, as of now. */
  footer(): readonly Pick<KeyBinding<never>, "keys" | "label" | "command">[];
  /** Whether letters are text just now. */
  isTyping(): boolean;
  /** Does what a key stands for. @returns whether it stands for something */
  press(key: string): boolean;
  /** Does a command by name. @returns whether it can be done just now */
  perform(command: string): boolean;
  /** Takes text. */
  type(text: string): void;
  /** Is shown. */
  enter(argument: string | undefined): void;
  /** Is left. */
  leave(): void;
  /** Puts the cursor on a row. */
  select(index: number): void;
  /** Whether something that was asked of it is still under way. */
  isBusy(): boolean;
  render(frame: Frame): ReactNode;
  describe(frame: Frame): readonly string[];
}

/** Starts a screen. */
export function startScreen<State, Action, Command extends string>(
  definition: ScreenDefinition<State, Action, Command>,
  context: TuiContext,
): LiveScreen {
  const { name, title, keys, View, describe } = definition;
  const store = createStore(definition.initial, definition.reduce);
  const controller = definition.start({ store, context });
  const isTyping = (): boolean => definition.isTyping?.(store.get()) ?? false;
  const lookup = () => ({ state: store.get(), isTyping: isTyping() });
  let underWay = 0;
  /** Failures are shown in place, wherever they come from. */
  const guard = (work: () => void | Promise<void> | undefined): void => {
    try {
      const result = work();
      if (result === undefined) return;
      underWay++;
      result.catch(context.shell.fail).finally(() => underWay--);
    } catch (error) {
      context.shell.fail(error);
    }
  };
  return {
    name,
    title,
    keys,
    get: store.get,
    subscribe: store.subscribe,
    footer: () => footerBindings(keys, lookup()),
    isTyping,
    press(key) {
      const binding = findBinding(keys, key, lookup());
      if (binding !== undefined) guard(() => controller.perform(binding.command));
      return binding !== undefined;
    },
    perform(command) {
      const binding = keys.find((each) => each.command === command && (each.when?.(store.get()) ?? true));
      if (binding !== undefined) guard(() => controller.perform(binding.command));
      return binding !== undefined;
    },
    type: (text) => guard(() => controller.type?.(text)),
    enter: (argument) => guard(() => controller.enter?.(argument)),
    leave: () => guard(() => controller.leave?.()),
    select: (index) => guard(() => controller.select?.(index)),
    isBusy: () => underWay > 0,
    render: (frame) => createElement(View, { state: store.get(), frame }),
    describe: (frame) => describe({ state: store.get(), frame }),
  };
}
