import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { begin, idOf, settled } from "../support/world.ts";
import type { PowerShellCase } from "./powershell_cases.ts";

/** Of a text in a mistake. */
const SHOWN_CHARS = 2_000;

/** The command of a case on such a host; undefined where the case does not apply. */
export function commandOf(
  { command, only }: PowerShellCase,
  system: "unix" | "win",
): string | undefined {
  if (only !== undefined && only !== system) return undefined;
  return typeof command === "string" ? command : command[system];
}

/** Runs one case and compares: empty where all is as expected, else what was expected and what came. */
export async function mistakesIn(
  server: ServerUnderTest,
  one: PowerShellCase,
  system: "unix" | "win",
): Promise<readonly string[]> {
  const reply = await outcome(server, commandOf(one, system) ?? "", one);
  const { meta } = reply;
  const body = reply.body.replace(/\[commands here are PowerShell[^\n]*\]$/, "");
  const isStopped = one.signal !== undefined;
  const facts: readonly Fact[] = [
    fact("state", isStopped ? "interrupted" : "exited", meta?.state),
    fact("status", isStopped ? undefined : one.status, meta?.exit_status),
    fact("output", one.out ?? body, body),
    matching("output", one.matches, body),
    matching("directory", one.cwd, meta?.cwd ?? ""),
  ];
  return facts.filter(([, isMet]) => !isMet).map(([what, , expected, got]) =>
    `${one.what}: ${what}: expected ${shown(expected)}, got ${shown(got)}; the reply: ${
      shown(reply.text)
    }`
  );
}

type Fact = readonly [what: string, isMet: boolean, expected: unknown, got: unknown];

function fact(what: string, expected: unknown, got: unknown): Fact {
  return [what, expected === got, expected, got];
}

function matching(what: string, expected: RegExp | undefined, got: string): Fact {
  return [what, expected?.test(got) ?? true, String(expected), got];
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "none").slice(0, SHOWN_CHARS);
}

async function outcome(
  server: ServerUnderTest,
  command: string,
  { answer, typed, signal }: PowerShellCase,
): Promise<ToolReply> {
  const isRunning = typed !== undefined || signal !== undefined;
  if (!isRunning && answer === undefined) return await settled(server, await server.run(command));
  const begun = isRunning
    ? await begin(server, command, { shows: /^(?:up|ask)$/m })
    : await server.run(command);
  const command_id = idOf(begun);
  if (signal !== undefined) {
    await server.call("interrupt_command_by_id", { command_id, signal });
  } else {
    if (answer !== undefined && begun.meta?.state !== "awaiting_input") return begun;
    await server.call("send_input", { command_id, input_text: answer ?? typed, wait: 0 });
  }
  await server.call("get_command_status", { command_id, wait: 30 });
  return await server.call("get_command_status", { command_id, offset: 0 });
}
