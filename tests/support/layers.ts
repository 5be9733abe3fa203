/** A folder or file of `src` and what it does. */
export interface Layer {
  readonly name: string;
  readonly does: string;
}

/** The layers of `src`, lowest first: each may import those of the steps before it, no neighbour. */
export const STEPS: readonly (readonly Layer[])[] = [
  [
    { name: "errors", does: "faults with advice" },
    { name: "clock", does: "time, and its end" },
    { name: "bytes", does: "text and bytes" },
  ],
  [
    { name: "config", does: "ssh_config(5), identity" },
    { name: "terminal", does: "ECMA-48 text, screens" },
  ],
  [{ name: "transport", does: "SSH: connect, verify, log in, jump, SFTP packets" }],
  [
    { name: "shell", does: "POSIX, fish, PowerShell, devices" },
    { name: "sftp", does: "files" },
    { name: "detached", does: "durable jobs" },
  ],
  [
    { name: "session", does: "connections, shells" },
    { name: "jobs", does: "commands, output, offsets" },
  ],
  [
    { name: "copy", does: "files between hosts" },
    { name: "fleet", does: "many hosts at once" },
    { name: "forward", does: "local ports" },
  ],
  [{ name: "guard", does: "rules, approvals, audit, secrets" }],
  [
    { name: "mcp", does: "tools, replies, stdio" },
    { name: "console", does: "a person's page" },
  ],
  [{ name: "serve", does: "MCP over HTTP: callers, replicas, database" }],
  [{ name: "cli", does: "config, check, profile, audit, help" }],
  [{ name: "services", does: "all that one caller has" }],
  [{ name: "shared", does: "all that callers share" }],
  [{ name: "main", does: "start, signals, end" }],
];
