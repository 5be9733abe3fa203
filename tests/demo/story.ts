import { ElicitRequestSchema } from "../support/packages/mcp_sdk.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";

/** Where the demo writes what happens. */
export interface Stage {
  /** A form that the client shows its person, and the answer. */
  form(message: string, answer: string): void;
  title(text: string): void;
  call(tool: string, args: Readonly<Record<string, unknown>>): void;
  reply(text: string): void;
}

/** Who takes part. */
export interface Cast {
  readonly server: ServerUnderTest;
  /** Hosts of one kind; none where there is but one host. */
  readonly fleet: readonly string[];
}

/** The story disagreed with what the server answered. */
export class DemoError extends Error {}

/** The answer of the person whom the server asks. */
const DECISION = "Yes, this time";

/** Plays every scene, and checks each answer. */
export async function playStory({ server, fleet }: Cast, stage: Stage): Promise<void> {
  const actor = new Actor(server, stage);
  const tools = (await server.tools()).map(({ name }) => name);
  await stateIsKept(actor);
  await exitStatus(actor);
  await outlastsItsTimeout(actor);
  if (tools.includes("send_input")) await answersAQuestion(actor);
  await whatIsOpen(actor);
  if (fleet.length > 1) await manyHosts(actor, fleet);
  await aPersonAgrees(actor, server, stage);
  await closeAll(actor);
}

async function stateIsKept(actor: Actor): Promise<void> {
  actor.title("A session is one shell: the directory and the variables stay");
  await actor.run("mkdir -p release && cd release && export STAGE=canary");
  const reply = await actor.run('echo "$STAGE in ${PWD##*/}"');
  expect(reply.body.trim() === "canary in release", reply);
}

async function exitStatus(actor: Actor): Promise<void> {
  actor.title("Output and exit status are exact");
  const reply = await actor.run("ls missing.conf; (exit 3)");
  expect(reply.meta?.exit_status === 3 && !reply.isError, reply);
}

async function outlastsItsTimeout(actor: Actor): Promise<void> {
  actor.title("A slow command outlasts its timeout, and goes on");
  const started = await actor.run("for i in 1 2 3 4; do echo step $i; sleep 1; done", {
    timeout: 2,
  });
  expect(started.meta?.state === "running", started);
  const ended = await actor.call("get_command_status", {
    command_id: started.meta?.command_id,
    offset: started.meta?.next_offset,
    wait: 10,
  });
  expect(ended.meta?.exit_status === 0 && ended.body.includes("step 4"), ended);
}

async function answersAQuestion(actor: Actor): Promise<void> {
  actor.title("A question is seen as one, and answered");
  const asked = await actor.run(
    "printf 'Delete the old release? [y/N] '; read answer; echo \"you said $answer\"",
    { timeout: 10 },
  );
  expect(asked.meta?.state === "awaiting_input", asked);
  const ended = await actor.call("send_input", {
    command_id: asked.meta?.command_id,
    input_text: "y",
  });
  expect(ended.meta?.exit_status === 0 && ended.body.includes("you said y"), ended);
}

async function manyHosts(actor: Actor, fleet: readonly string[]): Promise<void> {
  actor.title("One command on many hosts: equal answers are folded");
  const hosts = `web[1-${fleet.length}]`;
  const reply = await actor.call("execute_on_hosts", { hosts, command: "cat release" });
  expect(!reply.isError && reply.text.includes("2.3.9"), reply);
}

async function aPersonAgrees(actor: Actor, server: ServerUnderTest, stage: Stage): Promise<void> {
  actor.title("Where the rules say so, a person agrees to the very command first");
  server.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    stage.form(params.message, DECISION);
    return { action: "accept", content: { decision: DECISION, minutes: 10 } };
  });
  const reply = await actor.run("rmdir ../release && ls -d ../release");
  expect(reply.meta?.exit_status === 2, reply);
}

async function whatIsOpen(actor: Actor): Promise<void> {
  actor.title("What is open");
  expect(!(await actor.call("list_sessions", {})).isError);
}

async function closeAll(actor: Actor): Promise<void> {
  actor.title("Everything is closed");
  expect(!(await actor.call("close_all_sessions", {})).isError);
}

/** Calls tools and shows both directions. */
class Actor {
  readonly #server: ServerUnderTest;
  readonly #stage: Stage;

  constructor(server: ServerUnderTest, stage: Stage) {
    this.#server = server;
    this.#stage = stage;
  }

  title(text: string): void {
    this.#stage.title(text);
  }

  run(command: string, extra: Readonly<Record<string, unknown>> = {}): Promise<ToolReply> {
    return this.call("execute_command", { host: this.#server.host, command, ...extra });
  }

  async call(tool: string, args: Readonly<Record<string, unknown>>): Promise<ToolReply> {
    this.#stage.call(tool, args);
    const reply = await this.#server.call(tool, args, { timeoutMs: 15_000 });
    this.#stage.reply(reply.text);
    return reply;
  }
}

function expect(condition: boolean, reply?: ToolReply): asserts condition {
  if (condition) return;
  throw new DemoError(`The last answer is not what the demo expects${record(reply)}`);
}

function record(reply: ToolReply | undefined): string {
  return reply?.meta ? `: ${JSON.stringify(reply.meta)}` : "";
}
