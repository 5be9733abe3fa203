import type { Clock } from "../../clock.ts";
import { ConfigError } from "../../errors.ts";
import type { Log } from "../log.ts";
import { auditPlan, AuditTrail } from "./audit_trail.ts";
import type { AuditSink } from "./audit_sink.ts";

/** The parts that the sinks of MCP_SSH_AUDIT are opened with. */
export interface OpenAuditOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly pid: number;
  /** Takes one line with its LF; false where it cannot. */
  readonly writeStderr: (line: string) => boolean;
}

/**
 * The audit trail that MCP_SSH_AUDIT asks for; nothing is loaded or connected without it.
 *
 * @throws {ConfigError} At a setting that cannot be meant.
 */
export async function openAudit(
  setting: string | undefined,
  options: OpenAuditOptions,
): Promise<AuditTrail> {
  const { isRequired, places } = auditPlan(setting);
  const sinks = await Promise.all(places.map((place) => openSink(place, options)));
  const { clock, log } = options;
  return new AuditTrail({
    clock,
    sinks,
    isRequired,
    onFault: (sink, error) => log.warn("audit", { sink, error: String(error) }),
  });
}

async function openSink(place: "stderr" | URL, options: OpenAuditOptions): Promise<AuditSink> {
  const { version, pid, writeStderr } = options;
  if (place === "stderr") return stderrSink(writeStderr);
  if (place.protocol.startsWith("http")) {
    const { OtlpSink } = await import("./otlp_sink.ts");
    return new OtlpSink(place, version);
  }
  const { syslogAddress, SyslogOverTcp, SyslogOverUdp } = await import("./syslog_sink.ts");
  const address = syslogAddress(place);
  if (address === undefined) throw new ConfigError(`MCP_SSH_AUDIT names ${place}`, "Name a host");
  return address.transport === "udp"
    ? new SyslogOverUdp(address, pid)
    : new SyslogOverTcp(address, pid);
}

function stderrSink(write: (line: string) => boolean): AuditSink {
  return {
    name: "standard error",
    send: ({ line }) =>
      write(`${line}\n`) ? Promise.resolve() : Promise.reject(new Error("nobody reads it")),
    close: () => {},
  };
}
