import assert from "node:assert/strict";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";

/** A secret, and the call that makes it one; undefined where the operator's environment does. */
export interface Planted {
  readonly kind: string;
  readonly value: string;
  readonly give?: "password" | "sudo_password" | "enable_password" | "send_input";
}

/** The parts of a secret that no text may hold: its lines, without characters that a terminal swallows. */
function tellingParts(value: string): readonly string[] {
  // deno-lint-ignore no-control-regex
  return value.replace(/\x1b\[\d+m/g, "").split("\n");
}

/** Makes the server know the secret. */
export async function give(
  server: ServerUnderTest,
  { value, give }: Planted,
  host = server.host,
): Promise<void> {
  if (give !== "send_input") {
    await server.call("read_file", { host, remote_path: "none", [give!]: value });
    await server.call("execute_command", {
      host,
      command: "true",
      [give === "sudo_password" ? "password" : give!]: value,
    });
    return;
  }
  const asking = await server.run("read -r -s -p 'Password: ' x", { host });
  await server.call("send_input", {
    command_id: idOf(asking),
    input_text: value,
    secret: Boolean(1),
  });
}

/** All texts that the server writes from now on, as a client decodes them. */
export function recordedStrings({ transport }: ServerUnderTest): string[] {
  const said: string[] = [];
  const take = transport.onmessage;
  transport.onmessage = (message) => {
    said.push(...stringsOf(message));
    take?.(message);
  };
  return said;
}

/** The strings in a message, however deep. */
export function stringsOf(data: unknown): readonly string[] {
  if (typeof data === "string") return [data];
  return typeof data === "object" && data !== null ? Object.values(data).flatMap(stringsOf) : [];
}

/** Fails where a text shows one of the secrets. */
export function assertSilent(said: readonly string[], planted: readonly Planted[]): void {
  for (const { kind, value } of planted) {
    for (const part of tellingParts(value)) {
      const shown = said.find((text) =>
        text.includes(part) || text.replaceAll("\n", "").includes(part)
      );
      assert.equal(shown, undefined, `${kind} shows`);
    }
  }
}
