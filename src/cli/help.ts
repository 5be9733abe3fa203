/** What `--help` prints. */
export const HELP = `mcp-ssh-session: persistent SSH sessions for MCP clients

Usage:
  mcp-ssh-session                serve MCP on standard input and output
  mcp-ssh-session serve          serve MCP over HTTP to many callers: see .github/SHARED_SERVER.md
  mcp-ssh-session config HOST    print the settings in use for HOST, as ssh -G does
  mcp-ssh-session check HOST     connect to HOST and say each step taken
  mcp-ssh-session profile test FILE [PROFILE]
                                 replay a recorded device session and show what it would return
  mcp-ssh-session --help
  mcp-ssh-session --version

Environment:
  MCP_SSH_CONFIG   a file in place of ~/.ssh/config and /etc/ssh/ssh_config
  MCP_SSH_PROFILES a directory of device profiles (*.json) beside the built-in ones
  MCP_SSH_LOG      off, error, warn (the default), info or debug: JSON lines on standard error;
                   info has a line for each command, without its output
  MCP_SSH_ALLOWED_HOSTS
                   patterns, as ssh_config's Host takes them, of the only hosts that may be reached
  MCP_SSH_DISABLED_TOOLS
                   tools that are switched off; an unknown name keeps the server from starting
  MCP_SSH_FORWARD  1 adds the tool forward_port
  OVRD_<alias>_HOST, _PORT, _USER, _KEY, _PASS, _SUDO_PASS, _ENABLE_PASS
                   real values behind an alias; they never show in any result
`;

/** What a person sees who starts the server by hand; `command` is how a client starts it. */
export function inATerminal(command: readonly [string, ...string[]]): string {
  const [program, ...args] = command;
  return `This is an MCP server: it expects an MCP client on its standard input.

Add it to a client as a stdio server, for example:
  claude mcp add ssh-session -- ${command.join(" ")}
or in a client's JSON settings:
  ${JSON.stringify({ mcpServers: { "ssh-session": { command: program, args } } })}

mcp-ssh-session --help tells what else it does. Press Ctrl-C to leave.
`;
}

/** What is printed for a command line that makes no sense. */
export function usageError(seen: string): string {
  return `mcp-ssh-session: ${seen}\nTry "mcp-ssh-session --help"\n`;
}
