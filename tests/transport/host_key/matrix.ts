import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { resolveHost } from "../../../src/config/resolver.ts";
import { systemSources } from "../../../src/config/sources.ts";
import { AuthenticationError, HostKeyError, SshError } from "../../../src/errors.ts";
import { Connector } from "../../../src/transport/connector.ts";
import { command } from "../../support/command.ts";
import type { Sshd } from "../../support/sshd.ts";
import type { Row } from "./matrix_row.ts";

type Answer = "accepted" | "refused";

/** Who accepts a row: this program first, since ssh may write to known_hosts. */
export interface Verdict {
  readonly ours: Answer;
  readonly theirs: Answer;
  readonly reason: string;
}

export async function judge(sshd: Sshd, row: Row, mode: string): Promise<Verdict> {
  const directory = await Deno.makeTempDir({ dir: sshd.directory });
  const at = (name: string): string => join(directory, name);
  await Promise.all([
    write(at("known"), row.known ?? ""),
    write(at("global"), row.global ?? ""),
    write(at("revoked"), row.revoked ?? ""),
  ]);
  const lines = [
    ...(row.settings ?? []).map((line) =>
      line.replace("FILE", at("known")).replace("REVOKED", at("revoked"))
    ),
    ...["HostName 127.0.0.1", `Port ${sshd.port}`, `User ${sshd.user}`],
    // A host is accepted before anyone logs in: without a key, each row costs a third less.
    ...["IdentityFile /dev/null", "IdentitiesOnly yes", "UpdateHostKeys no", "BatchMode yes"],
    ...[`UserKnownHostsFile ${at("known")}`, `GlobalKnownHostsFile ${at("global")}`],
    `StrictHostKeyChecking ${mode}`,
  ];
  const config = at("config");
  await Deno.writeTextFile(config, `Host web\n${lines.join("\n")}\n`, { mode: 0o600 });
  const ours = await askOurs(sshd, config);
  const theirs = await command(["ssh", "-F", config, "web", "true"], {
    env: { SSH_ASKPASS_REQUIRE: "never" },
  });
  assert.equal(theirs.code, 255, theirs.stderr);
  await Deno.remove(directory, { recursive: true });
  return {
    ours: ours === "" ? "accepted" : "refused",
    theirs: /Permission denied \(/.test(theirs.stderr) ? "accepted" : "refused",
    reason: `${ours} | ${theirs.stderr.trim()}`,
  };
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
}

/** "" where the host is accepted, else the error. */
async function askOurs(sshd: Sshd, config: string): Promise<string> {
  const sources = systemSources({ HOME: sshd.home, USER: sshd.user, MCP_SSH_CONFIG: config });
  try {
    const resolved = await resolveHost({ host: "web" }, sources);
    await using _connection = await new Connector({ clock: systemClock }).connect(resolved);
    throw new Error("There is no key that opens it");
  } catch (error) {
    if (error instanceof AuthenticationError) return "";
    if (!(error instanceof SshError)) throw error;
    return `${error instanceof HostKeyError ? "" : error.name}${error.message}`;
  }
}

/** Compares all rows, four at a time; fails where this program accepts what ssh refuses. */
export async function compare(
  sshd: Sshd,
  rows: readonly Row[],
  modes: readonly string[],
): Promise<{ readonly total: number; readonly stricter: readonly string[] }> {
  const cells = rows.flatMap((row) => modes.map((mode) => ({ row, mode })));
  const stricter: string[] = [];
  const weaker: string[] = [];
  const pending = cells.values();
  const work = async (): Promise<void> => {
    for (const { row, mode } of pending) {
      const { ours, theirs, reason } = await judge(sshd, row, mode);
      if (ours === theirs) continue;
      (ours === "accepted" ? weaker : stricter).push(`${mode}: ${row.title} (${reason})`);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  assert.deepEqual(weaker, []);
  return { total: cells.length, stricter };
}
