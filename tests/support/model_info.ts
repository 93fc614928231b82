/**
 * What a Hub says of a model that has nothing special.
 *
 * @module
 */
import type { ModelInfo } from "../../core/hub/model.ts";

/** `acme/m` at a commit, with the files. */
export function plainModelInfo({ commit, files }: Pick<ModelInfo, "commit" | "files">): ModelInfo {
  return {
    repo: "acme/m",
    author: "acme",
    downloads: 0,
    likes: 0,
    updatedAt: undefined,
    gated: false,
    private: false,
    task: undefined,
    tags: [],
    license: undefined,
    parameters: undefined,
    architecture: undefined,
    revision: "main",
    commit,
    createdAt: undefined,
    disabled: false,
    library: undefined,
    baseModels: [],
    contextLength: undefined,
    files,
  };
}
