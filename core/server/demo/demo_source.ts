/**
 * The demo library: a small Hub that is made on the fly, the same on every machine, with nothing stored anywhere.
 *
 * @module
 */
import type { AccessRules } from "../access.ts";
import type { ModelSource, RefLister, RenameTeller } from "../model_source.ts";
import { embedMini } from "./embed_mini.ts";
import { gatedLlama } from "./gated_llama.ts";
import { GeneratedSource } from "./generated_source.ts";
import { storySafetensors } from "./story_safetensors.ts";
import { tinyLlama } from "./tiny_llama.ts";
import { visionMini } from "./vision_mini.ts";

/** A token of the demo Hub whose account has been let into `demo/gated-llama-GGUF`. Opens nothing anywhere else. */
export const DEMO_TOKEN = "hf_demoAccessGrantedDemoAccessGranted00";

/** A token of the demo Hub whose account has not asked for access to anything. Opens nothing anywhere else. */
export const DEMO_TOKEN_WITHOUT_ACCESS = "hf_demoNoAccessDemoNoAccessDemoNoAcce00";

/** Who may see what on the demo Hub. */
export const DEMO_ACCESS: AccessRules = {
  tokens: [
    {
      token: DEMO_TOKEN,
      account: "demo-reader",
      fullName: "Demo Reader",
      email: "reader@demo.invalid",
      organizations: ["demo-club"],
      tokenName: "demo",
      grants: { "demo/gated-llama-GGUF": "granted" },
    },
    {
      token: DEMO_TOKEN_WITHOUT_ACCESS,
      account: "demo-guest",
      fullName: "Demo Guest",
      tokenName: "guest",
      role: "fineGrained",
    },
  ],
};

/** The demo library. Files are made and hashed when they are first asked for, so that it starts at once. */
export function createDemoSource(): ModelSource & RefLister & RenameTeller {
  return new GeneratedSource([tinyLlama(), embedMini(), visionMini(), storySafetensors(), gatedLlama()]);
}
