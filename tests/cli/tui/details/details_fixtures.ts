/**
 * Models as the screen of their details has to show them.
 *
 * @module
 */
import {
  type DetailsAction,
  type DetailsState,
  NO_DETAILS,
  reduceDetails,
} from "../../../../cli/tui/details/details_state.ts";
import type { ModelDetails, UnitDetails } from "../../../../mod.ts";
import { DETAILS } from "../../../support/fake_manager.ts";

const [PLAIN, SHARDED] = DETAILS.units as readonly [UnitDetails, UnitDetails];

/** One quant, with what is different from the first one of the fake manager. */
export function unit(label: string, change: Partial<UnitDetails> = {}): UnitDetails {
  return {
    ...PLAIN,
    quant: label,
    label,
    files: [{
      path: `model-${label}.gguf`,
      sizeBytes: change.sizeBytes ?? PLAIN.sizeBytes,
      digest: undefined,
    }],
    local: "absent",
    update: undefined,
    ...change,
  };
}

/** A model with a quant in each state. */
export const MODEL: ModelDetails = {
  ...DETAILS,
  gated: false,
  parameters: 3_212_749_888,
  updatedAt: "2026-04-20T00:00:00.000Z",
  gpuMemoryBytes: 8_000_000_000,
  units: [
    unit("IQ2_XXS", { sizeBytes: 1_100_000_000, fitsGpu: true }),
    unit("Q4_K_M", { local: "complete", update: "up to date", fitsGpu: true }),
    unit("Q5_K_M", {
      sizeBytes: 2_322_000_000,
      local: "complete",
      update: "update available",
      fitsGpu: true,
    }),
    unit("Q6_K", { sizeBytes: 2_643_000_000, complete: false, fitsGpu: true }),
    unit("Q8_0", { sizeBytes: 3_421_898_912, local: "partial", fitsGpu: true }),
    unit("../evil", { sizeBytes: 1_000, refused: 'it has ".." in it', fits: undefined, fitsGpu: undefined }),
    { ...SHARDED, fitsGpu: false, local: "absent" },
  ],
};

/** One that has to be asked for, of another alphabet, of which little is known. */
export const GATED: ModelDetails = {
  ...MODEL,
  repo: "日本語モデル/とても長い名前のモデル-GGUF",
  gated: "manual",
  private: true,
  parameters: undefined,
  architecture: undefined,
  license: undefined,
  task: undefined,
  baseModels: [],
  contextLength: undefined,
  companions: [],
  memoryBytes: undefined,
  gpuMemoryBytes: undefined,
  units: MODEL.units.map((each) => ({
    ...each,
    fits: undefined,
    fitsGpu: undefined,
    local: "absent",
    update: undefined,
  })),
};

/** No quants: weights of another kind, and what goes with them. */
export const SAFETENSORS: ModelDetails = {
  ...MODEL,
  repo: "acme/clip",
  defaultQuant: undefined,
  companions: [],
  units: [{
    ...PLAIN,
    quant: undefined,
    label: "model",
    sizeBytes: 605_000_000,
    files: [{ path: "model.safetensors", sizeBytes: 605_000_000, digest: undefined }],
    local: "absent",
    update: undefined,
  }],
  otherFiles: ["README.md", "config.json", ".gitattributes"].map((path) => ({
    path,
    sizeBytes: 1_500,
    digest: undefined,
    local: "absent",
    refused: undefined,
  })),
};

/** A page as people write them. */
export const PAGE = `<div align="center"><img src="https://acme.example/logo.png" width="60%"></div>

# Llama 3.2 3B Instruct GGUF <!-- not for
you -->

[![Chat](https://img.example/chat.svg)](https://acme.example) Made by **acme** with [llama.cpp](https://example.com/l_(c)) &amp; care.

| Filename | Quant type | Size |
| --- | :---: | ---: |
| [model-Q4_K_M.gguf](https://example.com/x) | Q4_K_M | 2.02GB |
| モデル-Q8_0.gguf | Q8_0 | 3.42GB |

## How to run

1. Get it
2. Run it with \`llama-cli\`, and a very long sentence that has to go on in the next line, and in the one after
   - or with _something_ else

> Be careful.

\`\`\`sh
mm pull acme/Llama-3.2-3B-Instruct-GGUF
\techo "\u001b[31mred"
\`\`\`
`;

/** The state after so much has happened. */
export function after(...actions: readonly DetailsAction[]): DetailsState {
  return actions.reduce(reduceDetails, NO_DETAILS);
}

/** A model that has been found. */
export function shown(model: ModelDetails, ...actions: readonly DetailsAction[]): DetailsState {
  return after(
    { type: "asked", reference: model.repo },
    { type: "found", model, selector: undefined },
    ...actions,
  );
}
