/** The greeting of a person who starts the server by hand; `command` is how a client starts it. */
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
