import assert from "node:assert/strict";
import * as z from "zod";
import { VARIABLES } from "../../src/cli/words.ts";
import type { JobState } from "../../src/jobs/job_state.ts";
import { INSTRUCTIONS } from "../../src/mcp/instructions.ts";
import { forwardPort } from "../../src/mcp/tools/forward_port.ts";
import { sendInputOrAskPerson } from "../../src/mcp/tools/send_input_or_ask_person.ts";
import { textsWith } from "../support/advice_texts.ts";
import { sourceFiles } from "../support/source_file.ts";
import { InMemoryServer } from "../support/in_memory_server.ts";

/** A reply's first word, as its status line prints it. */
const STATUS_WORDS: Readonly<
  Record<Exclude<JobState["kind"], "exited"> | "exit" | "done" | "refused", true>
> = {
  "awaiting-approval": true,
  "awaiting-input": true,
  done: true,
  exit: true,
  held: true,
  interrupted: true,
  lost: true,
  queued: true,
  refused: true,
  running: true,
};
/** Names of other programs, a field of each reply's record, and a word of the status line. */
const OTHERS = ["ssh_config", "known_hosts", "next_offset", "nested"];
/** Files whose texts are for a shell, a database, a browser, or the operator. */
const FOR_OTHERS = new RegExp(
  "^src/(?:serve|console|cli|guard|sftp/script|shell/powershell|shell/posix/(?:start_up|readers|sudo))/|" +
    "^src/(?:detached/(?:supervisor|record_scripts)|shell/posix/(?:frame|secret_reading)|" +
    "copy/digest_beside|session/foreground|shell/device/profiles/log_line|fleet/inventory)\\.ts",
);
/** Variables of the environment, those of the shared server as it names them. */
const SETTINGS = new Set([
  ...VARIABLES.map(([name]) => name.split("<")[0]!),
  ...sourceFiles("src/serve").flatMap(({ text }) =>
    [...text.matchAll(/"(MCP_SSH_[A-Z_]+)"/g)].map(([, name]) => name!)
  ),
]);
const NAME = /(?<![\w$./{-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g;
const VALUE = /(?<![\w$./{<-])([a-z_0-9]+)=(?=["…\w(])/g;

interface Known {
  /** Tools with their parameters, at any depth. */
  readonly tools: ReadonlyMap<string, ReadonlySet<string>>;
  readonly names: ReadonlySet<string>;
}

/** The names in a text that nothing has. */
function strangers(text: string, { tools, names }: Known): readonly string[] {
  const parameters = new Set([...tools.values()].flatMap((of) => [...of]));
  return [
    ...[...text.matchAll(NAME)].map(([name]) => name).filter((name) => !names.has(name)),
    ...[...text.matchAll(/`([^`]*)`/g)].map(([, name]) => name!).filter((name) => !names.has(name)),
    ...[...text.matchAll(VALUE)].flatMap(([, name]) =>
      parameters.has(name!) || OTHERS.includes(name!) ? [] : [`${name}=`]
    ),
    // A call takes the parameters of its own tool.
    ...[...text.matchAll(/\b([a-z_]+)\(([^()]*)/g)].flatMap(([, tool, given]) =>
      [...given!.matchAll(VALUE)].flatMap(([, name]) =>
        tools.get(tool!)?.has(name!) === false ? [`${tool}(${name}=)`] : []
      )
    ),
    ...[...text.matchAll(/\bMCP_SSH_[A-Z_]+/g)].flatMap(([name]) =>
      SETTINGS.has(name) ? [] : [name]
    ),
  ];
}

/** The first words of replies in a text that no reply has. */
function strangeStatuses(text: string): readonly string[] {
  return [...text.matchAll(/\[([a-z][a-z-]+)[ \]]/g)].map(([, word]) => word!)
    .filter((word) => !(word in STATUS_WORDS) && word !== "redacted");
}

async function known(
  server: InMemoryServer,
): Promise<Known & { readonly texts: readonly string[] }> {
  const { tools } = await server.client.listTools();
  const shapes = [forwardPort, sendInputOrAskPerson].map(({ name, input }) => ({
    name,
    inputSchema: z.toJSONSchema(input, { io: "input" }),
  }));
  const byName = new Map(
    [...tools, ...shapes].map(({ name, inputSchema }) =>
      [name, new Set(namesIn(inputSchema))] as const
    ),
  );
  return {
    tools: byName,
    names: new Set([
      ...byName.keys(),
      ...[...byName.values()].flatMap((of) => [...of]),
      ...tools.flatMap(({ outputSchema }) => namesIn(outputSchema)),
      ...OTHERS,
    ]),
    texts: tools.flatMap(({ description, inputSchema }) => [
      description ?? "",
      ...descriptionsIn(inputSchema),
    ]),
  };
}

Deno.test("no description and no instruction names a thing that does not exist", async () => {
  await using server = await InMemoryServer.start();
  const { texts, ...names } = await known(server);
  for (const text of [INSTRUCTIONS, ...texts]) {
    assert.deepEqual([...strangers(text, names), ...strangeStatuses(text)], [], text);
  }
});

Deno.test("no error and no advice names a thing that does not exist", async () => {
  await using server = await InMemoryServer.start();
  const { texts: _, ...names } = await known(server);
  const found = textsWith(/[_=`[]/).filter(({ place }) => !FOR_OTHERS.test(place))
    .map(({ place, text }) => [place, ...strangers(text, names)] as const)
    .filter(([, ...wrong]) => wrong.length > 0);
  assert.deepEqual(found, []);
});

Deno.test("the look for names finds each kind of wrong one", async () => {
  await using server = await InMemoryServer.start();
  const { texts: _, ...names } = await known(server);
  for (
    const [text, wrong] of [
      ["ask send_inputs for it", "send_inputs"],
      ["pass `waits`", "waits"],
      ['pass wait_until="x"', "wait_until"],
      ["with waits=5", "waits="],
      ['read_file(command_id="x") shows it', "read_file(command_id=)"],
      ["set MCP_SSH_ROOTS", "MCP_SSH_ROOTS"],
    ] as const
  ) assert.equal(strangers(text, names)[0], wrong);
  assert.deepEqual(strangeStatuses("[asleep] or [exit N]"), ["asleep"]);
});

type Schema = Readonly<Record<string, unknown>>;

/** Names of properties, at any depth. */
function namesIn(schema: unknown): readonly string[] {
  return nodes(schema).flatMap(({ properties }) => Object.keys(Object(properties)));
}

function descriptionsIn(schema: unknown): readonly string[] {
  return nodes(schema).flatMap(({ description }) =>
    typeof description === "string" ? [description] : []
  );
}

function nodes(value: unknown): readonly Schema[] {
  if (typeof value !== "object" || value === null) return [];
  return [value as Schema, ...Object.values(value).flatMap(nodes)];
}
