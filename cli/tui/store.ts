/**
 * A state that changes by actions only, and tells who listens.
 *
 * @module
 */
import { Notifier } from "../../core/base/notifier.ts";

/** Makes the next state of the last one and what has happened; pure. */
export type Reducer<State, Action> = (state: State, action: Action) => State;

/** One state, for a screen or for what several of them show. */
export interface Store<State, Action> {
  /** The state as it is now; the same object until it changes. */
  readonly get: () => State;
  /** Says what has happened. Who listens is told when that changes anything. */
  readonly dispatch: (action: Action) => void;
  /** Listens until the returned function is called. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** A store with its first state. */
export function createStore<State, Action>(
  initial: State,
  reduce: Reducer<State, Action>,
): Store<State, Action> {
  let state = initial;
  const changed = new Notifier<void>();
  return {
    get: () => state,
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      changed.emit();
    },
    subscribe(listener) {
      const subscription = changed.subscribe(listener);
      return () => subscription[Symbol.dispose]();
    },
  };
}
