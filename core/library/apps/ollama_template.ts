/**
 * Prompt templates for Ollama, which does not read those of GGUF files: the family is recognized by the marks that the
 * file's own template sets around turns; pure.
 *
 * @module
 */

/** How Ollama is to write a conversation, and where an answer ends. */
export interface OllamaTemplate {
  /** In the language of Go's templates. */
  readonly template: string;
  readonly stop: readonly string[];
}

interface Family extends OllamaTemplate {
  /** All of them are in the file's own template. */
  readonly marks: readonly string[];
}

/** A turn of the conversation: what stands before its text, by role, and after it. */
function turns(open: (role: string) => string, close: string): string {
  return `{{- range .Messages }}${open("{{ .Role }}")}{{ .Content }}${close}{{ end }}${open("assistant")}`;
}

const FAMILIES: readonly Family[] = [
  {
    marks: ["<|im_start|>", "<|im_end|>"],
    template: turns((role) => `<|im_start|>${role}\n`, "<|im_end|>\n"),
    stop: ["<|im_start|>", "<|im_end|>"],
  },
  {
    marks: ["<|start_header_id|>", "<|eot_id|>"],
    template: turns((role) => `<|start_header_id|>${role}<|end_header_id|>\n\n`, "<|eot_id|>"),
    stop: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
  },
  {
    marks: ["<start_of_turn>", "<end_of_turn>"],
    // It knows no system role: that text goes before the first question.
    template: "{{- range $i, $_ := .Messages }}" +
      '{{- if eq .Role "assistant" }}<start_of_turn>model\n{{ .Content }}<end_of_turn>\n' +
      '{{ else if eq .Role "user" }}<start_of_turn>user\n' +
      "{{ if and (eq $i 1) $.System }}{{ $.System }}\n\n{{ end }}{{ .Content }}<end_of_turn>\n{{ end }}" +
      "{{ end }}<start_of_turn>model\n",
    stop: ["<start_of_turn>", "<end_of_turn>"],
  },
  {
    marks: ["<|end|>", "<|assistant|>"],
    template: turns((role) => `<|${role}|>\n`, "<|end|>\n"),
    stop: ["<|end|>", "<|user|>", "<|assistant|>"],
  },
  {
    marks: ["[INST]", "[/INST]"],
    template: "{{- range $i, $_ := .Messages }}" +
      '{{- if eq .Role "user" }}[INST] {{ if and $.System (le $i 1) }}{{ $.System }}\n\n{{ end }}{{ .Content }} [/INST]' +
      '{{- else if eq .Role "assistant" }} {{ .Content }}</s>{{ end }}' +
      "{{- end }}",
    stop: ["[INST]", "[/INST]"],
  },
  {
    marks: ["<|user|>", "<|assistant|>"],
    template: turns((role) => `<|${role}|>\n`, "</s>\n"),
    stop: ["<|system|>", "<|user|>", "<|assistant|>", "</s>"],
  },
];

/** Ollama's template for a file's own one; `undefined` when nobody knows: then Ollama passes the words on as they are. */
export function ollamaTemplate(chatTemplate: string | undefined): OllamaTemplate | undefined {
  if (chatTemplate === undefined) return undefined;
  const family = FAMILIES.find(({ marks }) => marks.every((mark) => chatTemplate.includes(mark)));
  return family === undefined ? undefined : { template: family.template, stop: family.stop };
}
