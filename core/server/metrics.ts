/**
 * Numbers of a server in the text form of Prometheus.
 *
 * @module
 */

/** The label values of one series, by name. */
export type Labels = Readonly<Record<string, string>>;

/** A number that only grows. */
export interface Counter {
  /** Adds to the series with these labels. @param amount at least 0. */
  add(labels?: Labels, amount?: number): void;
  /** The sum over all series. */
  total(): number;
}

/** What can be asked for its numbers. */
export interface Metrics {
  /** A counter; the same one when there is one of that name. */
  counter(name: string, help: string): Counter;
  /** A number that is asked for when it is shown. */
  gauge(name: string, help: string, read: () => number): void;
  /** Everything, in the text exposition format 0.0.4. */
  text(): string;
}

/** More would be a leak: labels must come from a short list. */
const MAX_SERIES = 500;

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => character === "\n" ? "\\n" : `\\${character}`);
}

function seriesName(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

class CounterSeries implements Counter {
  readonly #name: string;
  readonly #series = new Map<string, number>();

  constructor(name: string) {
    this.#name = name;
  }

  add(labels: Labels = {}, amount = 1): void {
    const name = seriesName(this.#name, labels);
    const known = this.#series.get(name);
    if (known === undefined && this.#series.size >= MAX_SERIES) return;
    this.#series.set(name, (known ?? 0) + amount);
  }

  total(): number {
    return [...this.#series.values()].reduce((sum, value) => sum + value, 0);
  }

  lines(): string[] {
    if (this.#series.size === 0) return [`${this.#name} 0`];
    return [...this.#series].sort(([a], [b]) => a < b ? -1 : 1).map(([name, value]) => `${name} ${value}`);
  }
}

/** An empty set of metrics. */
export function createMetrics(): Metrics {
  const counters = new Map<string, { readonly help: string; readonly series: CounterSeries }>();
  const gauges = new Map<string, { readonly help: string; readonly read: () => number }>();
  return {
    counter(name, help) {
      const known = counters.get(name) ?? { help, series: new CounterSeries(name) };
      counters.set(name, known);
      return known.series;
    },
    gauge(name, help, read) {
      gauges.set(name, { help, read });
    },
    text() {
      const lines: string[] = [];
      const begin = (name: string, help: string, type: string): void => {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      };
      for (const [name, { help, series }] of counters) {
        begin(name, help, "counter");
        lines.push(...series.lines());
      }
      for (const [name, { help, read }] of gauges) {
        begin(name, help, "gauge");
        lines.push(`${name} ${read()}`);
      }
      return `${lines.join("\n")}\n`;
    },
  };
}
