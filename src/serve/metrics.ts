/** Bounds of the histogram of calls, in seconds: a round trip to a day's wait. */
const BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 60];

const HELP = {
  mcp_ssh_calls_total: ["counter", "Calls by tool and outcome"],
  mcp_ssh_call_seconds: ["histogram", "Duration of calls by where they were answered"],
  mcp_ssh_refusals_total: ["counter", "Requests refused before any tool ran, by reason"],
  mcp_ssh_callers: ["gauge", "Callers this replica holds sessions or results of"],
  mcp_ssh_sessions: ["gauge", "Open sessions"],
  mcp_ssh_jobs: ["gauge", "Commands that run or wait"],
  mcp_ssh_owned_callers: ["gauge", "Callers whose sessions are at this replica"],
  mcp_ssh_takeovers_total: ["counter", "Callers taken over from a replica that is gone"],
  mcp_ssh_database_up: ["gauge", "1 while the database answered the last heartbeat"],
  mcp_ssh_database_errors_total: ["counter", "Statements that failed or took too long"],
  mcp_ssh_peer_calls_total: ["counter", "Calls sent to other replicas, by outcome"],
  mcp_ssh_journal_queue: ["gauge", "Changes of commands not written to the database yet"],
  mcp_ssh_certificates_total: ["counter", "Certificates asked of the signer, by outcome"],
} as const satisfies Record<string, readonly ["counter" | "gauge" | "histogram", string]>;

/** A metric's name. */
export type MetricName = keyof typeof HELP;

type Labels = Readonly<Record<string, string>>;

/** Numbers for Prometheus, in its text format 0.0.4. No caller, host or command stands in them. */
export class Metrics {
  readonly #values = new Map<MetricName, Map<string, number>>();
  readonly #gauges = new Map<MetricName, () => number>();
  readonly #histograms = new Map<string, { readonly counts: number[]; sum: number }>();

  /** Adds one to a counter. */
  count(name: MetricName, labels: Labels = {}): void {
    const values = this.#values.get(name) ?? new Map<string, number>();
    this.#values.set(name, values);
    const key = labelText(labels);
    values.set(key, (values.get(key) ?? 0) + 1);
  }

  /** Where a gauge's value is had when somebody asks. */
  gauge(name: MetricName, value: () => number): void {
    this.#gauges.set(name, value);
  }

  /** Notes how long a call took. */
  observe(durationMs: number, at: "here" | "forwarded"): void {
    const one = this.#histograms.get(at) ?? { counts: [...BOUNDS_S, 0].map(() => 0), sum: 0 };
    this.#histograms.set(at, one);
    const seconds = durationMs / 1000;
    const bound = BOUNDS_S.findIndex((limit) => seconds <= limit);
    one.counts[bound < 0 ? BOUNDS_S.length : bound]!++;
    one.sum += seconds;
  }

  /** The text of a scrape. */
  render(): string {
    const names = Object.keys(HELP) as MetricName[];
    return names.map((name) => {
      const [type, help] = HELP[name];
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...this.#lines(name)].join("\n");
    }).join("\n") + "\n";
  }

  #lines(name: MetricName): string[] {
    if (name === "mcp_ssh_call_seconds") return this.#histogramLines(name);
    const gauge = this.#gauges.get(name);
    if (gauge !== undefined) return [`${name} ${gauge()}`];
    return [...this.#values.get(name) ?? []].map(([labels, value]) => `${name}${labels} ${value}`);
  }

  #histogramLines(name: string): string[] {
    return [...this.#histograms].flatMap(([at, { counts, sum }]) => {
      let total = 0;
      const buckets = counts.map((count, index) => {
        total += count;
        return `${name}_bucket${labelText({ at, le: String(BOUNDS_S[index] ?? "+Inf") })} ${total}`;
      });
      const labels = labelText({ at });
      return [...buckets, `${name}_sum${labels} ${sum}`, `${name}_count${labels} ${total}`];
    });
  }
}

function labelText(labels: Labels): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return texts.length === 0 ? "" : `{${texts.join(",")}}`;
}
