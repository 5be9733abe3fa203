import assert from "node:assert/strict";
import type { ResolvedHost } from "../../../src/config/resolved_host.ts";
import { RulesReader } from "../../../src/guard/rules_file.ts";
import { DeferredCall } from "../../../src/mcp/permit/deferred_calls.ts";
import { permitOf } from "../../../src/mcp/permit/permit.ts";
import { renderText, statusWord } from "../../../src/mcp/command/render.ts";
import type { ToolResult } from "../../../src/mcp/tool.ts";
import { until } from "../../support/condition.ts";
import { InMemoryServer } from "../../support/in_memory_server.ts";

const REPLY_WITHIN_MS = 45_000;
const PATH = "/srv/notes";

interface Scene extends AsyncDisposable {
  readonly server: InMemoryServer;
  readonly deferred: DeferredCall;
  /** The request that began the call. */
  readonly request: AbortController;
  /** How often the file was written. */
  written: number;
}

/** A file tool whose permit asks a person. */
async function scene(): Promise<Scene> {
  const server = await InMemoryServer.start();
  const rules = new RulesReader({ MCP_SSH_DEFAULT: "ask" }, { toolNames: ["write_file"] });
  const services = { ...server.services, rules };
  const named = await server.registry.hostOf({ host: "web1" });
  // A scripted host has neither of these, which its identity is made of.
  const host: ResolvedHost = { ...named, proxyJump: [], unavailable: [] };
  const request = new AbortController();
  const begin = async (signal: AbortSignal): Promise<ToolResult> => {
    const permit = permitOf({
      ...{ tool: "write_file", services, signal, audit: () => {}, showForm: () => {} },
      onAsked: (approval, answered) =>
        made.deferred.asked(approval, answered, {
          ...{ host: "web1", user: host.user, session: "write_file" },
          command: `write_file: ${PATH}`,
        }),
    });
    await permit({ hosts: [host], words: "write a file", text: PATH });
    made.written += 1;
    return renderText("written");
  };
  const made: Scene = {
    ...{ server, request, written: 0 },
    deferred: new DeferredCall(begin, { services, signal: request.signal }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  await until("a person is asked", () => server.services.approvals.pending().length === 1);
  return made;
}

/** The reply that is due before a person has answered, and the id in it. */
async function deferredReply({ server, deferred, request }: Scene): Promise<string> {
  const reply = deferred.reply();
  server.clock.advance(REPLY_WITHIN_MS);
  const { content } = await reply as { content: readonly { readonly text: string }[] };
  const { text } = content[0]!;
  assert.match(text, /^\[awaiting-approval\] .*command_id=\w+\n/);
  // The client has its answer: that its request is over means nothing.
  request.abort();
  return /command_id=(\w+)/.exec(text)![1]!;
}

Deno.test("DeferredCall: a file tool that waits for a person answers with an id, and goes on once one agreed", async () => {
  await using made = await scene();
  const id = await deferredReply(made);
  const { approvals } = made.server.services;
  assert.equal(made.written, 0);
  assert.match((await made.server.call("list_running_commands")).text, /write_file: \/srv\/notes/);
  approvals.answer(approvals.pending()[0]!.id, { kind: "once" }, "form");
  const job = made.server.commands.jobs.get(id);
  await until("it has ended", () => job.isFinished);
  const reply = await made.server.call("get_command_status", { command_id: id });
  assert.match(reply.text, /^\[exit 0\] .*\nwritten\n/);
  assert.equal(made.written, 1);
});

Deno.test("DeferredCall: a no after the reply is told as refused, with nothing done", async () => {
  await using made = await scene();
  const id = await deferredReply(made);
  const { approvals } = made.server.services;
  approvals.answer(approvals.pending()[0]!.id, { kind: "no" }, "form");
  const job = made.server.commands.jobs.get(id);
  await until("it has ended", () => job.isFinished);
  assert.equal(statusWord(job), "refused");
  const reply = await made.server.call("get_command_status", { command_id: id });
  assert.match(reply.text, /a person said no.*nothing was done/);
  assert.equal(made.written, 0);
});

Deno.test("DeferredCall: an interrupt by its id takes the question back", async () => {
  await using made = await scene();
  const id = await deferredReply(made);
  await made.server.call("interrupt_command_by_id", { command_id: id });
  await until("nobody is asked", () => made.server.services.approvals.pending().length === 0);
  assert.equal(made.written, 0);
});

Deno.test("DeferredCall: a request that ends before its reply takes the question back", async () => {
  await using made = await scene();
  const reply = made.deferred.reply();
  made.request.abort();
  await assert.rejects(async () => await reply);
  assert.deepEqual(made.server.services.approvals.pending(), []);
  assert.equal(made.written, 0);
});
