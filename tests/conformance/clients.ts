import assert from "node:assert/strict";
import {
  Client as NewClient,
  StdioClientTransport as NewTransport,
} from "../support/packages/mcp_client.ts";
import {
  Client as OldClient,
  StdioClientTransport as OldTransport,
} from "../support/packages/mcp_sdk.ts";
import { programCommand, runtimeEnvironment } from "../support/program.ts";
import { doMainJob } from "./main_job.ts";

/** The host that the job is done on. */
export interface JobHost {
  readonly alias: string;
  /** How the server is started; `programCommand()` unless given. */
  readonly program?: readonly [string, ...string[]];
  environment(): Record<string, string>;
}

const ABOUT = { name: "conformance", version: "0" };

/** Clients that others wrote, each with its own stdio transport, by what they speak. */
export const CLIENTS: Readonly<Record<string, (host: JobHost) => Promise<void>>> = {
  "1.x SDK, 2025-11-25": jobOfOldClient,
  "2.x SDK, 2025-11-25": (host) => jobOfNewClient(host, "2025-11-25"),
  "2.x SDK, 2026-07-28": (host) => jobOfNewClient(host, "2026-07-28"),
};

async function jobOfOldClient(host: JobHost): Promise<void> {
  const client = new OldClient(ABOUT);
  await client.connect(new OldTransport(await commandFor(host)));
  try {
    await doMainJob(
      host.alias,
      async (name, args) => textOf(await client.callTool({ name, arguments: { ...args } })),
    );
  } finally {
    await client.close();
  }
}

async function jobOfNewClient(host: JobHost, revision: string): Promise<void> {
  const mode = revision === "2025-11-25" ? "legacy" as const : { pin: revision };
  const client = new NewClient(ABOUT, { versionNegotiation: { mode } });
  await client.connect(new NewTransport(await commandFor(host)));
  try {
    assert.equal(client.getNegotiatedProtocolVersion(), revision);
    await doMainJob(
      host.alias,
      async (name, args) => textOf(await client.callTool({ name, arguments: { ...args } })),
    );
  } finally {
    await client.close();
  }
}

async function commandFor(
  host: JobHost,
): Promise<{ command: string; args: string[]; env: Record<string, string> }> {
  const [command, ...args] = host.program ?? programCommand();
  return { command, args, env: { ...await runtimeEnvironment(), ...host.environment() } };
}

function textOf(result: object): string {
  const { content } = result as { content: readonly { readonly text?: string }[] };
  return content.map(({ text }) => text ?? "").join("\n");
}
