/** One argument of a word of the command line. */
export interface Argument {
  readonly name: string;
  /** A shell's completions for it: names of hosts, files or these words. */
  readonly offers: "hosts" | "files" | readonly string[];
  readonly isOptional?: boolean;
}

/** One word of the command line, as help, manual page, completions and parser have it. */
export interface Word {
  /** `profile test` is one word here. */
  readonly name: string;
  readonly takes: readonly Argument[];
  readonly options: readonly string[];
  /** One line. */
  readonly summary: string;
  /** Paragraphs that say more. */
  readonly details: readonly string[];
  /** The values that it takes, for an error. */
  readonly wants: string;
}

/** A variable, an option, a file or an exit status, and what it means. */
export type Entry = readonly [name: string, meaning: string];

const SHELLS = ["bash", "zsh", "fish"];

/** The words of the command line, in the order of the manual. */
export const WORDS: readonly Word[] = [
  word("serve", {
    options: ["--check"],
    summary: "serve MCP over HTTP to many callers",
    details: [
      "Listens on MCP_SSH_LISTEN, 127.0.0.1:8080 by default, and answers at /mcp. Callers are known " +
      "by tokens of the OAuth issuer MCP_SSH_ISSUER; without an issuer there is one caller, and " +
      "only a loopback address is listened on. Settings and operation are described in " +
      "SHARED_SERVER.md of the repository. SIGTERM lets running commands end first.",
      "With --check the issuer, the database, the other replicas and the signer that the settings " +
      "name are tried, each is reported, and nothing is served.",
    ],
    wants: "nothing but --check",
  }),
  word("config", {
    takes: [{ name: "HOST", offers: "hosts" }],
    summary: "print the settings in use for HOST, as ssh -G does",
    details: [
      "Prints each setting on standard output in the form of ssh -G, and where this program differs " +
      "from ssh on standard error. Nothing is connected to.",
    ],
    wants: "one host",
  }),
  word("check", {
    takes: [{ name: "HOST", offers: "hosts" }],
    summary: "connect to HOST and say each step taken",
    details: [
      "Connects, logs in and opens a shell, as a command of an agent would, and prints the settings " +
      "that matter, the host key with how it was judged, the method of the login, the shell and the " +
      "time of a round trip. The step that failed is the last line, with what to do about it.",
    ],
    wants: "one host",
  }),
  word("profile test", {
    takes: [{ name: "FILE", offers: "files" }, { name: "PROFILE", offers: [], isOptional: true }],
    summary: "replay a recorded device session and show what it would return",
    details: [
      "FILE is a session with a network device as script(1) records it, prompts included. Without " +
      "PROFILE the one is taken that understands most of its commands.",
    ],
    wants: "a recording and a profile",
  }),
  word("profile record", {
    takes: [{ name: "HOST", offers: "hosts" }, { name: "COMMANDS", offers: [], isOptional: true }],
    summary: "record a network device, for a report or a test",
    details: [
      "Logs in to HOST, types COMMANDS (one word, separated by ;) with the device's paging left on, " +
      "and prints how it behaves: prompt, echo, pager and its wipe, outputs and the bytes themselves, " +
      "as JSON that the tests of the repository replay. It asks for the version first.",
      "Addresses, passwords, keys, serial numbers, the host's name and the user's are replaced by " +
      "others of the same length. Read it before you send it.",
    ],
    wants: "one host, and commands in one word",
  }),
  word("audit verify", {
    takes: [{ name: "FILE", offers: "files" }],
    summary: "check the hash chain of an audit trail",
    details: [
      "FILE holds records of MCP_SSH_AUDIT, also behind the header of a syslog line; other lines are " +
      "passed over. Each record that is missing, changed or in another place is reported with its line.",
    ],
    wants: "one file",
  }),
  word("completion", {
    takes: [{ name: "SHELL", offers: SHELLS }],
    summary: "print completions for bash, zsh or fish",
    details: [
      "For bash: source <(mcp-ssh-session completion bash). For zsh the same with zsh, after compinit. " +
      "For fish: mcp-ssh-session completion fish | source.",
    ],
    wants: `one of ${SHELLS.join(", ")}`,
  }),
  word("manual", {
    summary: "print this manual page, for man",
    details: ["As in: mcp-ssh-session manual | man -l -"],
    wants: "nothing",
  }),
  word("help", {
    takes: [{ name: "WORD", offers: [], isOptional: true }],
    summary: "print help, or more about one word",
    details: [],
    wants: "one word",
  }),
  word("version", { summary: "print the version", details: [], wants: "nothing" }),
];

/** Options that stand alone. */
export const OPTIONS: readonly Entry[] = [
  ["--help, -h", "the same as help"],
  ["--version, -V", "the same as version"],
  [
    "--agent",
    "the npm package's command takes it, before all other words: the SSH agent at SSH_AUTH_SOCK may " +
    "be used, and the program may write to that socket and to nothing else",
  ],
];

/** Variables of the environment that the form over standard input reads. */
export const VARIABLES: readonly Entry[] = [
  ["MCP_SSH_CONFIG", "a file in place of ~/.ssh/config and /etc/ssh/ssh_config"],
  ["MCP_SSH_ALLOWED_HOSTS", "patterns, as ssh_config's Host takes them, of the only hosts allowed"],
  ["MCP_SSH_DISABLED_TOOLS", "tools that are off; an unknown name keeps the server from starting"],
  ["MCP_SSH_POLICY", "a file of rules: who may do what, and what waits for a person"],
  ["MCP_SSH_DEFAULT", "allow, ask or deny: what becomes of a call that fits no rule"],
  [
    "MCP_SSH_AUDIT",
    "required or best-effort, and stderr, syslog+udp://, +tcp://, +tls://, https://",
  ],
  ["MCP_SSH_PROXY", "proxies by host, words [PATTERNS=]URL: socks5://, socks4://, http://, direct"],
  ["MCP_SSH_INVENTORY", "an Ansible inventory (INI), whose groups execute_on_hosts knows"],
  ["MCP_SSH_PROFILES", "a directory of device profiles (*.json) beside the built-in ones"],
  ["MCP_SSH_LOCAL_ROOTS", "directories of this machine below which copy_file may read"],
  ["MCP_SSH_DOWNLOADS", "127.0.0.1:PORT at which a file copied to local: is fetched once"],
  [
    "MCP_SSH_SECRET_<NAME>",
    "a secret that commands may get as NAME, where the rules bind it to their host; " +
    "_FILE behind it: the path of a file with it",
  ],
  ["MCP_SSH_CONSOLE", "127.0.0.1:PORT of the page where a person watches and takes over"],
  ["MCP_SSH_CONSOLE_KEY", "the key to enter there, of 12 characters or more"],
  ["MCP_SSH_FORWARD", "1 adds the tool forward_port"],
  ["MCP_SSH_IDLE_CLOSE", "minutes after which a session without a command is closed; off"],
  [
    "MCP_SSH_LOG",
    "off, error, warn (the default), info or debug: JSON lines on standard error; info has a line " +
    "for each command, without its output",
  ],
  [
    "OVRD_<alias>_HOST, _PORT, _USER, _KEY, _PASS, _SUDO_PASS, _ENABLE_PASS, _DEVICE",
    "real values behind an alias; but for the device they never show in any result",
  ],
  ["SSH_AUTH_SOCK", "the SSH agent, in the forms that may use one"],
];

/** Files that are read where they are there. */
export const FILES: readonly Entry[] = [
  ["~/.ssh/config, /etc/ssh/ssh_config", "hosts and their settings; see ssh_config(5)"],
  ["~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts", "host keys; none is ever written"],
];

/** The meanings of the program's exit status. */
export const EXIT_STATUSES: readonly Entry[] = [
  ["0", "done: printed, checked, or served until the client went away or a signal came"],
  ["1", "failed: the host or the file cannot be used, as the last lines say"],
  ["2", "nothing was done: the command line makes no sense, or a setting is wrong"],
];

/** The command line of a word, such as `check HOST`. */
export function usageOf({ name, takes, options }: Word): string {
  const optional = options.map((option) => `[${option}]`);
  const words = takes.map((one) => one.isOptional ? `[${one.name}]` : one.name);
  return [name, ...optional, ...words].join(" ");
}

function word(
  name: string,
  rest:
    & Pick<Word, "summary" | "details" | "wants">
    & Partial<Pick<Word, "takes" | "options">>,
): Word {
  return { name, takes: [], options: [], ...rest };
}
