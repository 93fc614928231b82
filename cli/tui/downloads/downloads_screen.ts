/**
 * The screen of downloads.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { DownloadsController } from "./downloads_controller.ts";
import { describeDownloads } from "./downloads_describe.ts";
import { DOWNLOADS_KEYS, type DownloadsCommand } from "./downloads_keys.ts";
import {
  type DownloadsAction,
  type DownloadsScreenState,
  NO_DOWNLOADS_SHOWN,
  reduceDownloadsScreen,
} from "./downloads_screen_state.ts";
import { DownloadsView } from "./downloads_view.tsx";

/** What is being downloaded, and what can be done about it. */
export const DOWNLOADS_SCREEN: ScreenDefinition<DownloadsScreenState, DownloadsAction, DownloadsCommand> = {
  name: "downloads",
  title: "Downloads",
  initial: NO_DOWNLOADS_SHOWN,
  reduce: reduceDownloadsScreen,
  keys: DOWNLOADS_KEYS,
  start: (ports) => new DownloadsController(ports),
  View: DownloadsView,
  describe: describeDownloads,
};
