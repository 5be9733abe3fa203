import { systemClock } from "../../src/clock.ts";
import { SshError } from "../../src/errors.ts";
import { Agents } from "../../src/transport/auth/agent.ts";
import { Connector } from "../../src/transport/connector.ts";

/*
 * Logs in to the target given as JSON, under the permissions it is started with, and prints one
 * line: the method or the error. With "revoke" the agent is opened first and write given up.
 */
const [json, revoke] = Deno.args;
const resolved = JSON.parse(json!);
const agents = new Agents();
if (revoke === "revoke") {
  await agents.at(resolved.identityAgent).open();
  await Deno.permissions.revoke({ name: "write", path: resolved.identityAgent });
}
const connector = new Connector({ clock: systemClock, agents });
const line = await connector.connect(resolved).then(
  async (connection) => {
    await connection[Symbol.asyncDispose]();
    return connection.method;
  },
  (error) => error instanceof SshError ? `${error.message} | ${error.advice}` : String(error),
);
const { state } = await Deno.permissions.query({ name: "write", path: resolved.identityAgent });
await Deno.stdout.write(new TextEncoder().encode(`${state}: ${line}\n`));
