/**
 * The JSON Schema of the manifest, made of the same tables as its checks.
 *
 * @module
 */
import { type FieldRules, METADATA_FIELDS, MODEL_FIELDS, SETTINGS_FIELDS } from "./manifest_fields.ts";

function group(rules: FieldRules, required: readonly string[] = []): object {
  const properties = Object.entries(rules).map(([name, { description, schema }]) =>
    [name, { description, ...schema }] as const
  );
  return {
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(properties),
    additionalProperties: true,
  };
}

/** For editors: what a manifest may hold. */
export function manifestSchema(): object {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Models that this machine is to have",
    type: "object",
    required: ["models"],
    properties: {
      $schema: { type: "string" },
      models: { type: "array", items: group(MODEL_FIELDS, ["name"]) },
      settings: group(SETTINGS_FIELDS),
      metadata: group(METADATA_FIELDS),
    },
    additionalProperties: true,
  };
}
