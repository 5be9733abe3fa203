import type { AuditEntry, AuditSink } from "./audit_sink.ts";

/** SeverityNumber INFO of the OpenTelemetry log data model. */
const INFO = 9;

/** Logs of OTLP over HTTP as JSON, a request for each record. */
export class OtlpSink implements AuditSink {
  readonly name: string;
  readonly #url: string;
  readonly #version: string;

  constructor(url: URL, version: string) {
    this.name = `OTLP ${url.host}`;
    this.#url = (url.pathname === "/" ? new URL("/v1/logs", url) : url).href;
    this.#version = version;
  }

  async send(entry: AuditEntry, signal: AbortSignal): Promise<void> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(requestOf(entry, this.#version)),
      signal,
      redirect: "error",
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${this.name} answers ${response.status}`);
    if (/"rejectedLogRecords":\s*"?[1-9]/.test(answer.slice(0, 10_000))) {
      throw new Error(`${this.name} rejects the record`);
    }
  }

  close(): void {}
}

function requestOf({ line, event, time }: AuditEntry, version: string): unknown {
  const fields = JSON.parse(line) as Record<string, unknown>;
  const nanoseconds = `${Math.round(time)}000000`;
  return {
    resourceLogs: [{
      resource: { attributes: attributes({ "service.name": "mcp-ssh-session" }) },
      scopeLogs: [{
        scope: { name: "mcp-ssh-session/audit", version },
        logRecords: [{
          timeUnixNano: nanoseconds,
          observedTimeUnixNano: nanoseconds,
          severityNumber: INFO,
          severityText: "INFO",
          eventName: event,
          // The line itself, so that its chain can be checked from what a collector keeps.
          body: { stringValue: line },
          attributes: attributes(fields),
        }],
      }],
    }],
  };
}

function attributes(fields: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.entries(fields).flatMap(([key, value]): unknown[] => {
    if (typeof value === "string") return [{ key, value: { stringValue: value } }];
    if (typeof value === "boolean") return [{ key, value: { boolValue: value } }];
    if (typeof value !== "number") return [];
    return [{
      key,
      value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value },
    }];
  });
}
