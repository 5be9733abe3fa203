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

/**
 * Plants each secret in one place, and fails with a line for each that shows in what the server wrote.
 *
 * A secret that shows is reported before a reply of another form than the place expects.
 */
export async function assertPlace(
  said: string[],
  planted: readonly Planted[],
  plant: (secret: Planted) => Promise<void>,
  tried = planted,
): Promise<void> {
  said.length = 0;
  const failures: unknown[] = [];
  for (const secret of tried) {
    await plant(secret).catch((error: unknown) => failures.push(error));
  }
  assertSilent(said, planted);
  if (failures.length > 0) throw failures[0];
}

/** Fails where a text shows secrets, with each of them and the text around it. */
export function assertSilent(said: readonly string[], planted: readonly Planted[]): void {
  const shown = planted.flatMap(({ kind, value }) => {
    const excerpts = tellingParts(value).flatMap((part) => excerptOf(said, part) ?? []);
    return excerpts.length === 0 ? [] : [`${kind} shows: ${excerpts[0]}`];
  });
  assert.deepEqual(shown, []);
}

/**
 * The text around a secret, which may be broken over lines. A port counts as a number by itself: its
 * digits are found in any long list of numbers.
 */
function excerptOf(said: readonly string[], part: string): string | undefined {
  const isNumber = /^\d+$/.test(part);
  for (const text of said) {
    const whole = isNumber || text.includes(part) ? text : text.replaceAll("\n", "");
    const at = isNumber ? whole.search(new RegExp(`(?<!\\d)${part}(?!\\d)`)) : whole.indexOf(part);
    if (at >= 0) return whole.slice(Math.max(0, at - 30), at + part.length + 30);
  }
  return undefined;
}
