import { join } from "node:path";
import { command, mustRun } from "./command.ts";
import { until } from "./condition.ts";
import { signal } from "./processes.ts";
import { freePort } from "./sshd.ts";
import { isListening } from "./unix_socket.ts";

/** A real routing daemon of the distribution; disposing ends it and removes its files. */
export interface DeviceCli extends AsyncDisposable {
  /** The command line that a login gets: for sshd's `ForceCommand`. */
  readonly commandLine: string;
}

/** What FRR's bgpd is configured with. */
export interface FrrOptions {
  readonly hostName?: string;
  /** None set where absent: `enable` then needs none. */
  readonly enablePassword?: string;
  readonly config?: readonly string[];
  /** Who may use its socket. */
  readonly reachedBy: "telnet" | "vtysh";
}

/** Starts FRR's bgpd on ports and sockets of its own, without routing anything. */
export async function startFrr(options: FrrOptions): Promise<DeviceCli> {
  const directory = await emptyDirectory("frr");
  const port = freePort();
  const password = options.enablePassword;
  await Deno.writeTextFile(
    join(directory, "bgpd.conf"),
    [
      `hostname ${options.hostName ?? "edge-r1"}`,
      ...(password === undefined ? [] : [`enable password ${password}`]),
      ...(options.config ?? []),
      "line vty",
      " no login",
      "",
    ].join("\n"),
  );
  await Deno.writeTextFile(join(directory, "vtysh.conf"), "");
  await mustRun(["chown", "-R", "frr:frr", directory]);
  const arguments_ = [
    ...["-n", "-Z", "-S", "-p", "0", "-l", "127.0.0.1", "-A", "127.0.0.1", "-P", String(port)],
    ...["-f", join(directory, "bgpd.conf"), "-i", join(directory, "bgpd.pid")],
    ...["--vty_socket", directory, "-z", join(directory, "zserv.api")],
    ...["--log", `file:${join(directory, "log")}`, "-u", "frr", "-g", "frr"],
  ];
  const child = start("/usr/lib/frr/bgpd", arguments_);
  const socket = join(directory, "bgpd.vty");
  await until("bgpd listens", () => listens(port));
  await until("bgpd's socket", () => isListening(socket));
  await Deno.chmod(socket, 0o777);
  const commandLine = options.reachedBy === "telnet"
    ? `exec telnet 127.0.0.1 ${port}`
    : `exec vtysh --vty_socket ${directory} --config_dir ${directory}`;
  return { commandLine, [Symbol.asyncDispose]: () => end(child, directory) };
}

/** Starts BIRD on a socket of its own, with a few static routes. */
export async function startBird(): Promise<DeviceCli> {
  const directory = await emptyDirectory("bird");
  const socket = join(directory, "bird.ctl");
  const routes = Array.from({ length: 40 }, (_, index) => `route 10.${index}.0.0/16 blackhole;`);
  await Deno.writeTextFile(
    join(directory, "bird.conf"),
    `router id 10.0.0.1;\nprotocol device {}\nprotocol static s4 { ipv4; ${routes.join(" ")} }\n`,
  );
  await mustRun(["chown", "-R", "bird:bird", directory]);
  const child = start("bird", [
    ...["-f", "-u", "bird", "-g", "bird", "-c", join(directory, "bird.conf")],
    ...["-s", socket, "-P", join(directory, "bird.pid")],
  ]);
  // bird sets the socket's mode itself while it starts; ours must come after that.
  await until("bird answers", async () => {
    const asked = await command(["/usr/sbin/birdc", "-s", socket, "show", "status"]);
    return asked.code === 0 && asked.stdout.includes("up and running");
  });
  await Deno.chmod(socket, 0o777);
  return {
    commandLine: `exec /usr/sbin/birdc -s ${socket}`,
    [Symbol.asyncDispose]: () => end(child, directory),
  };
}

/** Starts lldpd on a socket of its own, in a network namespace without links: it sends nothing. */
export async function startLldp(): Promise<DeviceCli> {
  const directory = await emptyDirectory("lldp");
  const socket = join(directory, "socket");
  const arguments_ = ["-n", "/usr/sbin/lldpd", "-d", "-u", socket, "-I", "none"];
  const child = start("/usr/bin/unshare", arguments_);
  await until("lldpd answers", async () => {
    const asked = await command(["/usr/sbin/lldpcli", "-u", socket, "show", "chassis"]);
    return asked.code === 0 && asked.stdout.includes("Local chassis");
  });
  await Deno.chmod(socket, 0o777);
  // The package leaves it to its own group.
  const client = join(directory, "lldpcli");
  await Deno.copyFile("/usr/sbin/lldpcli", client);
  await Deno.chmod(client, 0o755);
  return {
    commandLine: `exec ${client} -u ${socket}`,
    [Symbol.asyncDispose]: () => end(child, directory),
  };
}

async function emptyDirectory(name: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: `mss_${name}_` });
  await Deno.chmod(directory, 0o755);
  return directory;
}

function start(program: string, args: string[]): Deno.ChildProcess {
  const path = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`;
  const options = { args, env: { PATH: path }, stdin: "null", stdout: "null", stderr: "null" };
  return new Deno.Command(
    program.includes("/") ? program : `/usr/sbin/${program}`,
    options as Deno.CommandOptions,
  ).spawn();
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

async function end(child: Deno.ChildProcess, directory: string): Promise<void> {
  signal(child.pid, "SIGKILL");
  await child.status;
  await Deno.remove(directory, { recursive: true });
}
