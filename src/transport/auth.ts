import type { ResolvedHost } from "../config/resolved_host.ts";
import { AuthenticationError } from "../errors.ts";
import { readKeyFile } from "./key_files.ts";
import type { AuthReply, UserAuth } from "./userauth.ts";
import { encodeFields } from "./wire.ts";

/** Logs in; resolves with the method that was accepted (RFC 4252). */
export async function authenticate(auth: UserAuth, resolved: ResolvedHost): Promise<string> {
  await auth.ready;
  let reply = await auth.request("none", auth.body("none"));
  if (reply.kind === "success") return "none";
  const refused: string[] = [];
  for (const method of resolved.preferredAuthentications) {
    const allowed: readonly string[] = reply.kind === "failure" ? reply.methods : [];
    if (!allowed.includes(method)) continue;
    for await (const next of attempts(auth, resolved, method)) {
      reply = next;
      if (reply.kind === "success") return method;
    }
    refused.push(method);
  }
  throw new AuthenticationError(
    `Cannot log in to "${resolved.host}": sshd refused ${refused.join(", ") || "everything"}`,
    "Pass key_filename or password",
  );
}

async function* attempts(
  auth: UserAuth,
  resolved: ResolvedHost,
  method: string,
): AsyncGenerator<AuthReply> {
  const { password } = resolved;
  if (method === "publickey") {
    for (const file of resolved.identityFiles) {
      const key = await readKeyFile(file.path, password);
      if (key instanceof Error) continue;
      const algorithm = key.type === "ssh-rsa" ? "rsa-sha2-512" : key.type;
      const body = auth.body("publickey", { boolean: true }, algorithm, key.blob);
      const data = encodeFields(auth.sessionId, { raw: body });
      const signature = encodeFields(algorithm, key.sign(data, algorithm));
      yield await auth.request(method, encodeFields({ raw: body }, signature));
    }
  }
  if (password === undefined) return;
  if (method === "password") {
    yield await auth.request(method, auth.body(method, { boolean: false }, password));
  }
  if (method === "keyboard-interactive") {
    let reply = await auth.request(method, auth.body(method, "", ""));
    while (reply.kind === "questions") {
      reply = await auth.respond(reply.questions.prompts.map(() => password));
    }
    yield reply;
  }
}
