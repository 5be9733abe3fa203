import assert from "node:assert/strict";
// @ts-types="@types/ssh2"
import type { KeyboardAuthContext, Prompt } from "ssh2";
import { AuthenticationError } from "../../../src/errors.ts";
import { identityOf } from "../../../src/config/identity.ts";
import type { AuthQuestion } from "../../../src/transport/auth/auth_options.ts";
import { startSshd } from "../../support/sshd.ts";
import { type ScriptedServer, startScriptedServer } from "../scripted_server.ts";
import { open, target, targetOf } from "../targets.ts";

const interactive = { preferredAuthentications: ["keyboard-interactive", "password"] };
const hidden = (prompt: string): Prompt => ({ prompt, echo: false });

/** Asks in rounds, takes exactly these answers, and offers nothing else. */
function startAsking(
  rounds: readonly (readonly Prompt[])[],
  expected: readonly (readonly string[])[],
): Promise<ScriptedServer> {
  return startScriptedServer((request) => {
    if (request.method !== "keyboard-interactive") return request.reject(["keyboard-interactive"]);
    ask(request, 0);
  });

  function ask(request: KeyboardAuthContext, round: number): void {
    const prompts = rounds[round];
    if (prompts === undefined) return request.accept();
    request.prompt([...prompts], "login", "Company rules apply", (answers) => {
      const right = JSON.stringify(answers) === JSON.stringify(expected[round]);
      if (right) ask(request, round + 1);
      else request.reject(["keyboard-interactive"]);
    });
  }
}

function asked(port: number, password?: string): ReturnType<typeof target> {
  const given = password === undefined ? {} : { password };
  return target({ port, strictHostKeyChecking: "no", ...interactive, ...given });
}

Deno.test("connect() answers sshd's password question by PAM", async () => {
  await using sshd = await startSshd({
    account: { password: "pam secret" },
    config: ["UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no"],
  });
  const over = { identityFiles: [], password: "pam secret" };
  await using connection = await open(targetOf(sshd, over));
  assert.equal(connection.method, "keyboard-interactive");
  await assert.rejects(open(targetOf(sshd, { ...over, password: "wrong one" })), (error) => {
    assert.ok(error instanceof AuthenticationError);
    assert.match(
      error.message,
      /the server accepts publickey, keyboard-interactive; the password was refused/,
    );
    return true;
  });
});

Deno.test("connect() gives the password to its question and a person the others", async () => {
  const rounds = [[hidden("Password: "), hidden("One-time code: ")], [], [{
    prompt: "Your town? ",
    echo: true,
  }]];
  await using server = await startAsking(rounds, [["s3cret", "123456"], [], ["Ulm"]]);
  const questions: AuthQuestion[] = [];
  const askUser = (question: AuthQuestion): Promise<string> => {
    questions.push(question);
    return Promise.resolve(question.echo ? "Ulm" : "123456");
  };
  const resolved = asked(server.port, "s3cret");
  await using connection = await open(resolved, { askUser });
  assert.equal(connection.method, "keyboard-interactive");
  const common = {
    host: "testhost",
    identity: identityOf(resolved),
    instruction: "Company rules apply",
  };
  assert.deepEqual(questions, [
    { ...common, prompt: "One-time code: ", echo: false },
    { ...common, prompt: "Your town? ", echo: true },
  ]);
});

Deno.test("connect() names the question that nobody answered", async () => {
  await using server = await startAsking([[hidden("Verification code: ")]], [["1"]]);
  for (const askUser of [undefined, () => Promise.resolve(undefined)]) {
    await assert.rejects(open(asked(server.port, "s3cret"), { askUser }), (error) => {
      assert.ok(error instanceof AuthenticationError);
      assert.match(error.message, /"testhost" asks "Verification code:" for the login/);
      return true;
    });
  }
});

Deno.test("connect() asks nobody for the account's password", async () => {
  await using server = await startAsking([[hidden("(me@host) Password: ")]], [["x"]]);
  const askUser = (): never => assert.fail("the password is not asked for");
  await assert.rejects(open(asked(server.port), { askUser }), (error) => {
    assert.ok(error instanceof AuthenticationError);
    assert.equal(error.advice, "Pass password");
    return true;
  });
});

Deno.test("connect() does not answer a demand for a new password", async () => {
  const rounds = [[hidden("Password: ")], [hidden("New password: ")]];
  await using server = await startAsking(rounds, [["s3cret"], ["s3cret"]]);
  await assert.rejects(open(asked(server.port, "s3cret")), (error) => {
    assert.ok(error instanceof AuthenticationError);
    assert.match(error.advice, /has expired; log in once with "ssh testhost"/);
    return true;
  });
});

Deno.test("connect() gives up on a server that asks without end", async () => {
  await using server = await startScriptedServer((request) => {
    if (request.method !== "keyboard-interactive") return request.reject(["keyboard-interactive"]);
    const again = (): void => request.prompt([{ prompt: "More? ", echo: true }], again);
    again();
  });
  const askUser = (): Promise<string> => Promise.resolve("yes");
  await assert.rejects(open(asked(server.port), { askUser }), /asks on and on for the login/);
});

Deno.test("connect() does not offer a refused password again by another method", async () => {
  const methods: string[] = [];
  await using server = await startScriptedServer((request) => {
    methods.push(request.method);
    const both = ["keyboard-interactive", "password"] as const;
    if (request.method !== "keyboard-interactive") return request.reject([...both]);
    request.prompt([hidden("Password: ")], () => request.reject([...both]));
  });
  await assert.rejects(open(asked(server.port, "s3cret")), /the password was refused/);
  assert.deepEqual(methods, ["none", "keyboard-interactive"]);
});

Deno.test("connect() falls back to password where keyboard-interactive asks nothing", async () => {
  await using server = await startScriptedServer((request) => {
    if (request.method === "password" && request.password === "s3cret") return request.accept();
    request.reject(["keyboard-interactive", "password"]);
  });
  await using connection = await open(asked(server.port, "s3cret"));
  assert.equal(connection.method, "password");
});

Deno.test("connect() lets in whom the server lets in without a method", async () => {
  await using server = await startScriptedServer((request) => request.accept());
  await using connection = await open(asked(server.port));
  assert.equal(connection.method, "none");
  assert.equal(connection.ident, "SSH-2.0-scripted");
});

Deno.test("connect() acknowledges PAN-OS's login banner, and no other statement", async () => {
  const panos = {
    prompt: "Do you accept and acknowledge the statement above ? (yes/no) : ",
    echo: true,
  };
  for (const rounds of [[[panos], [hidden("Password: ")]], [[hidden("Password: "), panos]]]) {
    const answers = rounds.map((round) => round.map(({ echo }) => echo ? "yes" : "s3cret"));
    await using server = await startAsking(rounds, answers);
    await using connection = await open(asked(server.port, "s3cret"));
    assert.equal(connection.method, "keyboard-interactive");
  }
  const other = { prompt: "Do you accept the new price? (yes/no) ", echo: true };
  await using server = await startAsking([[hidden("Password: "), other]], [["s3cret", "yes"]]);
  await assert.rejects(open(asked(server.port, "s3cret")), /asks "Do you accept the new price/);
});
