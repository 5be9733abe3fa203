import { createSocket, type Socket } from "node:dgram";
import { abortable, isoTime } from "../../clock.ts";
import { readBoundedText } from "../../config/bounded_file.ts";
import type { AuditEntry, AuditSink } from "./audit_sink.ts";

/** Facility 13 (log audit), severity 6 (informational): RFC 5424 §6.2.1. */
const PRIORITY = 13 * 8 + 6;
const PORTS = { udp: 514, tcp: 601, tls: 6514 } as const;

/** How a syslog collector is reached. */
export interface SyslogAddress {
  readonly transport: keyof typeof PORTS;
  readonly hostname: string;
  readonly port: number;
  /** A file of PEM certificates in place of the system's, for TLS. */
  readonly caFile: string | undefined;
}

/** The address of `syslog+tls://host:port?ca=/path`; undefined where it is none. */
export function syslogAddress(url: URL): SyslogAddress | undefined {
  const transport = /^syslog\+(udp|tcp|tls):$/.exec(url.protocol)?.[1] as keyof typeof PORTS;
  if (transport === undefined || url.hostname === "") return undefined;
  return {
    transport,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? PORTS[transport] : Number(url.port),
    caFile: url.searchParams.get("ca") ?? undefined,
  };
}

/** A record as a syslog message (RFC 5424), its JSON as the text. */
function syslogMessage({ line, event, time }: AuditEntry, pid: number): string {
  return `<${PRIORITY}>1 ${isoTime(time)} - mcp-ssh-session ${pid} ${event} - ${line}`;
}

/** One message a datagram (RFC 5426). */
export class SyslogOverUdp implements AuditSink {
  readonly name: string;
  readonly #address: SyslogAddress;
  readonly #pid: number;
  #socket: Socket | undefined;

  constructor(address: SyslogAddress, pid: number) {
    this.name = `syslog ${address.hostname} by UDP`;
    this.#address = address;
    this.#pid = pid;
  }

  send(entry: AuditEntry): Promise<void> {
    const { hostname, port } = this.#address;
    this.#socket ??= this.#open();
    const socket = this.#socket;
    return new Promise((resolve, reject) =>
      socket.send(
        syslogMessage(entry, this.#pid),
        port,
        hostname,
        (fault) => fault ? reject(fault) : resolve(),
      )
    );
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #open(): Socket {
    const socket = createSocket(this.#address.hostname.includes(":") ? "udp6" : "udp4");
    socket.on("error", () => {});
    socket.unref();
    return socket;
  }
}

/** Counted messages on one connection (RFC 6587 §3.4.1), over TLS as of RFC 5425. */
export class SyslogOverTcp implements AuditSink {
  readonly name: string;
  readonly #address: SyslogAddress;
  readonly #pid: number;
  readonly #encoder = new TextEncoder();
  #connection: Deno.Conn | undefined;

  constructor(address: SyslogAddress, pid: number) {
    this.name = `syslog ${address.hostname} by ${address.transport.toUpperCase()}`;
    this.#address = address;
    this.#pid = pid;
  }

  async send(entry: AuditEntry, signal: AbortSignal): Promise<void> {
    this.#connection ??= await this.#connect(signal);
    const connection = this.#connection;
    const message = this.#encoder.encode(syslogMessage(entry, this.#pid));
    const head = this.#encoder.encode(`${message.length} `);
    const frame = new Uint8Array(head.length + message.length);
    frame.set(head);
    frame.set(message, head.length);
    const onAbort = (): void => this.#drop(connection);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      for (let at = 0; at < frame.length;) at += await connection.write(frame.subarray(at));
      signal.throwIfAborted();
    } catch (error) {
      this.#drop(connection);
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  close(): void {
    if (this.#connection !== undefined) this.#drop(this.#connection);
  }

  async #connect(signal: AbortSignal): Promise<Deno.Conn> {
    const { transport, hostname, port, caFile } = this.#address;
    const opening: Promise<Deno.Conn> = transport === "tcp"
      ? Deno.connect({ hostname, port })
      : Deno.connectTls({
        hostname,
        port,
        ...(caFile === undefined ? {} : { caCerts: [await readBoundedText(caFile)] }),
      });
    try {
      const connection = await abortable(opening, signal);
      if (transport === "tls") await (connection as Deno.TlsConn).handshake();
      void this.#watch(connection);
      return connection;
    } catch (error) {
      void opening.then((connection) => connection.close(), () => {});
      throw error;
    }
  }

  /** A collector sends nothing: what can be read is its end, so that no record is written behind it. */
  async #watch(connection: Deno.Conn): Promise<void> {
    const unread = new Uint8Array(256);
    try {
      while (await connection.read(unread) !== null);
    } catch {
      // It is gone either way.
    }
    this.#drop(connection);
  }

  #drop(connection: Deno.Conn): void {
    if (this.#connection === connection) this.#connection = undefined;
    try {
      connection.close();
    } catch {
      // It was closed before.
    }
  }
}
