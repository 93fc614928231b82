/**
 * The details of a model: its facts, its page, and what can be downloaded of it.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { DetailsController } from "./details_controller.ts";
import { describeDetails } from "./details_describe.ts";
import { DETAILS_KEYS, type DetailsCommand } from "./details_keys.ts";
import { type DetailsAction, type DetailsState, NO_DETAILS, reduceDetails } from "./details_state.ts";
import { DetailsView } from "./details_view.tsx";

/** The screen of the details. */
export const DETAILS_SCREEN: ScreenDefinition<DetailsState, DetailsAction, DetailsCommand> = {
  name: "details",
  title: "Details",
  initial: NO_DETAILS,
  reduce: reduceDetails,
  keys: DETAILS_KEYS,
  start: (ports) => new DetailsController(ports),
  View: DetailsView,
  describe: describeDetails,
};
