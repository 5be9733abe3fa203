import { join } from "node:path";
import { command, mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { freePort } from "../support/sshd.ts";

const PACKAGES = "systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,policykit-1,procps";

/** Debian with systemd-logind and sshd, in a container that shares the loopback network. */
export interface Container extends AsyncDisposable {
  /** Of the server under test, which knows the container's user joe as the alias `box`. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a line as root in it. */
  run(line: string): Promise<string>;
  setKill(word: "yes" | "no"): Promise<void>;
}

/** Makes the container where there is none yet, and boots it; disposing halts it. */
export async function bootContainer(directory: string): Promise<Container> {
  const port = freePort();
  const root = join(directory, "root");
  const home = join(directory, "home");
  await Deno.mkdir(directory, { recursive: true });
  await makeRoot(root);
  await mustRun(["sh", "-ec", PREPARE, "sh", root, home, String(port)]);
  const child = new Deno.Command("systemd-nspawn", {
    args: ["-q", "-b", "-D", root, "--register=no", "--keep-unit", "--console=pipe"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const env = { HOME: home, USER: "root", PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };
  const run = async (line: string): Promise<string> => {
    const leader = (await mustRun(["pgrep", "-P", String(child.pid)])).trim().split("\n")[0]!;
    return await mustRun(["nsenter", "-a", "-t", leader, "sh", "-c", line]);
  };
  await until("its sshd answers", async () => {
    const ssh = ["ssh", "-F", join(home, ".ssh/config"), "box", "true"] as const;
    return (await command(ssh)).code === 0;
  }, { timeoutMs: 120_000, everyMs: 500 });
  return {
    env,
    run,
    setKill: async (word) => {
      const file = "/etc/systemd/logind.conf.d/kill.conf";
      await run(
        `printf '[Login]\\nKillUserProcesses=${word}\\n' >${file}; systemctl restart systemd-logind`,
      );
    },
    [Symbol.asyncDispose]: async () => {
      // systemd halts at this signal (systemd(1)).
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

async function makeRoot(root: string): Promise<void> {
  if (await exists(join(root, "usr/sbin/sshd"))) return;
  const release = (await mustRun(["sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"])).trim();
  await mustRun(["debootstrap", "--variant=minbase", `--include=${PACKAGES}`, release, root]);
}

/** `$1`: the container's root, `$2`: the client's home, `$3`: the port. */
const PREPARE = `
chroot "$1" id joe >/dev/null 2>&1 || chroot "$1" useradd -m -s /bin/bash joe
rm -rf "$2" "$1/home/joe/.local" "$1/home/joe/go"; mkdir -p "$2/.ssh" "$1/home/joe/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$2/.ssh/id_ed25519"
cp "$2/.ssh/id_ed25519.pub" "$1/home/joe/.ssh/authorized_keys"
chroot "$1" chown -R joe:joe /home/joe; chmod 700 "$1/home/joe/.ssh"
printf '%s\\n' "Port $3" 'ListenAddress 127.0.0.1' 'UsePAM yes' 'PasswordAuthentication no' \\
  'Subsystem sftp internal-sftp' >"$1/etc/ssh/sshd_config"
rm -f "$1/var/lib/systemd/linger/joe" "$1"/etc/systemd/logind.conf.d/*
mkdir -p "$1/etc/systemd/logind.conf.d"
printf '[Login]\\nKillUserProcesses=yes\\n' >"$1/etc/systemd/logind.conf.d/kill.conf"
printf '%s\\n' 'Host box' '  HostName 127.0.0.1' "  Port $3" '  User joe' \\
  "  IdentityFile $2/.ssh/id_ed25519" "  UserKnownHostsFile $2/.ssh/known_hosts" >"$2/.ssh/config"
sed "s/^/[127.0.0.1]:$3 /" "$1/etc/ssh/ssh_host_ed25519_key.pub" >"$2/.ssh/known_hosts"`;

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
