/** One thing of the distribution that the tests run against. */
export interface Requirement {
  /** Absolute path or name of the program that shows whether it is there. */
  readonly program: string;
  /** Debian and Ubuntu packages that bring it, the first that the release knows. */
  readonly packages: readonly [string, ...string[]];
  readonly reason: string;
}

/** What the tests need, as data: `deno task setup` installs it, or says what is missing. */
export const REQUIREMENTS: readonly Requirement[] = [
  need("sshd", ["openssh-server"], "the server that most tests talk to"),
  need(
    "ssh",
    ["openssh-client"],
    "what our ssh_config, timings and exit statuses are held against",
  ),
  need("dropbear", ["dropbear-bin"], "a second SSH server, without SFTP"),
  need("tinysshd", ["tinysshd"], "a third SSH server, with few algorithms and no TCP of its own"),
  need("bash", ["bash"], "a login shell that the driver must know"),
  need("zsh", ["zsh"], "a login shell that the driver must know"),
  need("dash", ["dash"], "a login shell that the driver must know"),
  need("ksh93", ["ksh93u+m", "ksh"], "a login shell that the driver must know"),
  need("mksh", ["mksh"], "a login shell that the driver must know"),
  need("busybox", ["busybox", "busybox-static"], "ash, the shell of containers and routers"),
  need("yash", ["yash"], "a POSIX shell that the driver was not written for"),
  need("posh", ["posh"], "a POSIX shell whose prompt tells nothing, and which must be left"),
  need("fish", ["fish"], "a login shell that is not POSIX and is driven natively"),
  need("tcsh", ["tcsh"], "a login shell that is not POSIX"),
  need("elvish", ["elvish"], "an exotic login shell that must fall back to a POSIX one"),
  need("sudo", ["sudo"], "the password dialogue of privileged commands"),
  need("doas", ["opendoas", "doas"], "the other password dialogue"),
  need("vtysh", ["frr"], "a real network command line, with enable and a pager"),
  need("birdc", ["bird2"], "a real network command line"),
  need("lldpcli", ["lldpd"], "a real network command line of no known family"),
  need("telnet", ["inetutils-telnet", "telnet"], "reaches FRR's vty behind ForceCommand"),
  need("nodeset", ["clustershell"], "the judge of node sets"),
  need("git", ["git"], "git log starts a pager"),
  need("less", ["less"], "a pager on the screen"),
  need("/usr/bin/chromium", ["chromium"], "the browser that shows the console's page"),
  need("asciinema", ["asciinema"], "plays the console's recordings"),
  need("man", ["man-db"], "man starts a pager"),
  need("vim", ["vim", "vim-tiny"], "a full-screen editor"),
  need("nano", ["nano"], "a full-screen editor"),
  need("htop", ["htop"], "a full-screen program that redraws itself"),
  need("dialog", ["dialog"], "a full-screen question"),
  need("whiptail", ["whiptail"], "a full-screen question, as debconf asks"),
  need("tmux", ["tmux"], "a terminal inside the terminal"),
  need("screen", ["screen"], "another, which reads the terminal by a process of its own"),
  need("ip", ["iproute2"], "network namespaces whose packets can be made to vanish"),
  need("perl", ["perl-base", "perl"], "detaches commands where there is no setsid"),
  need("direnv", ["direnv"], "work before each prompt that changes the environment"),
  need("openssl", ["openssl"], "makes a key that is too short for ssh-keygen"),
  need("fzf", ["fzf"], "asks the terminal where its cursor stands, on the primary screen"),
  need("resize", ["xterm"], "asks the terminal how large it is"),
  need(
    "/usr/lib/python3/dist-packages/prompt_toolkit",
    ["python3-prompt-toolkit"],
    "the line editor of pgcli and others, which asks where the cursor stands",
  ),
  need("psql", ["postgresql-client"], "a database's prompt, which reads like a root shell's"),
  need("/usr/lib/postgresql", ["postgresql"], "the database behind it"),
  need("haproxy", ["haproxy"], "the balancer that is shipped before replicas"),
  need("cc", ["gcc"], "a compiled program that reads a raw terminal"),
  need("python3", ["python3"], "an interpreter that asks, and a judge of byte counts"),
  need("sqlite3", ["sqlite3"], "an interpreter with a prompt of its own"),
  need("expect", ["expect"], "scripted doubles of dialogues"),
  need("rsync", ["rsync"], "progress output"),
  need("microsocks", ["microsocks"], "a SOCKS5 proxy"),
  need("danted", ["dante-server"], "a proxy of SOCKS4 and SOCKS5, with rules"),
  need("tinyproxy", ["tinyproxy-bin"], "an HTTP proxy"),
  need("wget", ["wget"], "progress output"),
  need("curl", ["curl"], "progress output"),
  need("top", ["procps"], "a full-screen program, and pkill for the accounts' processes"),
  need("script", ["bsdutils"], "the terminal of the demo's host where there is no sshd"),
  need("rsyslogd", ["rsyslog"], "a real collector of audit records"),
  need("/usr/share/doc/rsyslog-gnutls/copyright", ["rsyslog-gnutls"], "the same over TLS"),
  need("openssl", ["openssl"], "certificates of throwaway collectors"),
  need("cc", ["gcc"], "compiles the programs of hostile local users"),
  need("/usr/include/stdio.h", ["libc6-dev"], "what those programs include"),
  need("/usr/bin/wine", ["wine"], "the cmd of Windows, which a server's DefaultShell may be"),
  need("setfacl", ["acl"], "files with access control lists"),
  need("setfattr", ["attr"], "files with extended attributes"),
  need("chattr", ["e2fsprogs"], "files that cannot be replaced"),
  need("localedef", ["libc-bin"], "makes the locale below"),
  need("/usr/share/i18n/locales/de_DE", ["locales"], "programs that ask in German"),
];

function need(
  program: string,
  packages: readonly [string, ...string[]],
  reason: string,
): Requirement {
  return { program, packages, reason };
}
