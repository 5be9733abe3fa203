import { until } from "./condition.ts";
import { mustRun } from "./command.ts";

/** A real rsyslogd on loopback, whose messages go to a file. */
export interface SyslogDaemon extends AsyncDisposable {
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly udpPort: number;
  /** The certificate that signs its own. */
  readonly caFile: string;
  /** The messages that came this way by now. */
  text(transport: "tcp" | "tls" | "udp"): Promise<string>;
  /** Kills it: its connections end. */
  stop(): Promise<void>;
  /** Starts it again on the same ports. */
  start(): Promise<void>;
}

/** Starts rsyslogd with TCP, UDP and TLS inputs. */
export async function startSyslogDaemon(directory: string): Promise<SyslogDaemon> {
  const [tcpPort, tlsPort, udpPort] = freePorts(3) as [number, number, number];
  await makeCertificates(directory);
  const log = `${directory}/messages`;
  const ports = { tcpPort, tlsPort, udpPort };
  await Deno.writeTextFile(`${directory}/rsyslog.conf`, settings(directory, log, ports));
  let child: Deno.ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    child?.kill("SIGKILL");
    await child?.status;
    child = undefined;
    await Deno.remove(`${directory}/rsyslog.pid`).catch(() => {});
  };
  const start = async (): Promise<void> => {
    child = new Deno.Command("/usr/sbin/rsyslogd", {
      args: ["-n", "-f", `${directory}/rsyslog.conf`, "-i", `${directory}/rsyslog.pid`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until("rsyslogd listens", async () => {
      const open = await Promise.all([tcpPort, tlsPort].map(isOpen));
      return open.every((one) => one);
    }, { timeoutMs: 20_000 });
  };
  await start();
  return {
    tcpPort,
    tlsPort,
    udpPort,
    caFile: `${directory}/ca.pem`,
    text: async (transport) => await Deno.readTextFile(`${log}.${transport}`).catch(() => ""),
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  };
}

function settings(
  directory: string,
  log: string,
  { tcpPort, tlsPort, udpPort }: Pick<SyslogDaemon, "tcpPort" | "tlsPort" | "udpPort">,
): string {
  return `global(workDirectory="${directory}" maxMessageSize="64k"
  defaultNetstreamDriverCAFile="${directory}/ca.pem"
  defaultNetstreamDriverCertFile="${directory}/cert.pem"
  defaultNetstreamDriverKeyFile="${directory}/key.pem")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
module(load="imptcp")
module(load="imudp")
template(name="raw" type="string" string="%rawmsg%\\n")
${
    ["tcp", "tls", "udp"].map((way) =>
      `ruleset(name="${way}") { action(type="omfile" file="${log}.${way}" template="raw") }`
    ).join("\n")
  }
input(type="imptcp" address="127.0.0.1" port="${tcpPort}" ruleset="tcp")
input(type="imtcp" address="127.0.0.1" port="${tlsPort}" ruleset="tls")
input(type="imudp" address="127.0.0.1" port="${udpPort}" ruleset="udp")
`;
}

/** Ports that were free a moment ago. */
function freePorts(count: number): readonly number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

async function makeCertificates(directory: string): Promise<void> {
  const at = (name: string): string => `${directory}/${name}`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await mustRun(["openssl", "req", "-x509", ...key, "-days", "2", "-subj", "/CN=test CA"].concat(
    ["-keyout", at("ca.key"), "-out", at("ca.pem")],
  ) as [string, ...string[]]);
  await mustRun(["openssl", "req", ...key, "-subj", "/CN=localhost"].concat(
    ["-keyout", at("key.pem"), "-out", at("cert.csr")],
  ) as [string, ...string[]]);
  await Deno.writeTextFile(at("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  await mustRun(["openssl", "x509", "-req", "-in", at("cert.csr"), "-CA", at("ca.pem")].concat(
    ["-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", at("names")],
    ["-out", at("cert.pem")],
  ) as [string, ...string[]]);
}
