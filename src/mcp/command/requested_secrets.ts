import * as z from "zod";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import { InputError, RefusedError } from "../../errors.ts";
import { mayHaveSecret } from "../../guard/rules.ts";
import type { NamedSecret } from "../../shell/shell.ts";
import type { Services } from "../call.ts";
import { defineTool, type Tool } from "../tool.ts";

const MAX_SECRETS = 16;

/** A tool that runs commands, where the operator has secrets for them. */
export function withSecrets(tool: Tool): Tool {
  const { output, meta, ...rest } = tool;
  return defineTool({
    ...rest,
    ...(output === undefined ? {} : { output }),
    ...(meta === undefined ? {} : { meta }),
    input: {
      ...tool.input.shape,
      secrets: z.array(z.string().min(1).max(100)).min(1).max(MAX_SECRETS).optional()
        .describe("names of the operator's secrets, for the command's environment: use $NAME"),
    },
    run: (args, call) => tool.run(args, call),
  });
}

/** The names that a call asks for, each once; undefined where it asks for none. */
export function namesIn(args: object): readonly string[] | undefined {
  const { secrets } = args as { readonly secrets?: readonly string[] };
  return secrets === undefined ? undefined : [...new Set(secrets)];
}

/**
 * The secrets that a call asks for, hidden on its hosts from now on.
 *
 * @throws {InputError} At an unknown name.
 * @throws {RefusedError} Where the rules bind one to other hosts, or to none.
 */
export async function requestedSecrets(
  args: object,
  hosts: readonly ResolvedHost[],
  { namedSecrets, rules, concealer, caller }: Services,
): Promise<readonly NamedSecret[] | undefined> {
  const names = namesIn(args);
  if (names === undefined || namedSecrets === undefined) return undefined;
  const unknown = names.filter((name) => !namedSecrets.names.includes(name));
  if (unknown.length > 0) throw unknownNames(unknown, namedSecrets.names);
  const { file } = await rules.read();
  for (const name of names) {
    for (const { host, hostname } of hosts) {
      if (!mayHaveSecret(file, name, { hosts: [host, hostname], caller })) {
        throw notHere(name, host);
      }
    }
  }
  const secrets: NamedSecret[] = [];
  for (const name of names) {
    const value = await namedSecrets.read(name);
    for (const { host } of hosts) concealer.learnOperators(host, value);
    secrets.push({ name, value });
  }
  return secrets;
}

function unknownNames(unknown: readonly string[], known: readonly string[]): InputError {
  return new InputError(
    `No secret is named ${unknown.map((name) => JSON.stringify(name)).join(", ")}; nothing was run`,
    `There are ${known.join(", ")}`,
  );
}

function notHere(name: string, host: string): RefusedError {
  return new RefusedError(
    `The operator's rules do not let the secret ${name} go to "${host}"; nothing was run`,
    `Whoever runs this server binds it to hosts in the file of MCP_SSH_POLICY: ` +
      `"secrets": {"${name}": {"hosts": […]}}`,
  );
}
