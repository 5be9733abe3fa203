import { join } from "node:path";
import { z } from "zod";
import type { DoubleAnswer, DoubleFamily, DoubleState } from "./double_family.ts";
import { REPOSITORY } from "./source_file.ts";

const DIRECTORY = "tests/fixtures/devices";
const pager = z.strictObject({ text: z.string(), wipe: z.string(), quitKey: z.string() });

/**
 * One device as a file: how its command line behaves, to the byte, and what its commands print.
 *
 * `{host}` and `{mode}` in a prompt, and `{line}` in `unknown`, are filled in.
 */
const schema = z.strictObject({
  /** The profile that detection must find. */
  profile: z.string(),
  /** Where the behaviour is described in public. */
  source: z.string(),
  ident: z.string(),
  host: z.string(),
  newline: z.enum(["\r\n", "\r\r\n"]).optional(),
  enterEcho: z.string().optional(),
  greeting: z.string().optional(),
  /** Asked of the terminal at login; nothing goes on before it is answered. */
  query: z.strictObject({ ask: z.string(), answer: z.string() }).optional(),
  doorstep: z.strictObject({ text: z.string(), keys: z.array(z.string()) }).optional(),
  prompts: z.strictObject({
    exec: z.string().optional(),
    privileged: z.string().optional(),
    config: z.string().optional(),
  }),
  /** Rows above the prompt. */
  header: z.string().optional(),
  level: z.enum(["exec", "privileged", "config"]),
  pagers: z.array(pager).min(1),
  pagingOff: z.string().optional(),
  answers: z.array(z.strictObject({
    match: z.string(),
    body: z.string().optional(),
    level: z.enum(["exec", "privileged", "config"]).optional(),
    mode: z.string().optional(),
    ask: z.string().optional(),
    end: z.enum(["close", "silent"]).optional(),
  })),
  unknown: z.string(),
  stopKeys: z.string().optional(),
  keys: z.enum(["no rub-out", "no echo"]).optional(),
  echo: z.enum(["plain", "redraw", "addressed", "padded"]).optional(),
  help: z.boolean().optional(),
  earlyPrompt: z.literal("drawn").optional(),
  /** An empty line ends the session. */
  emptyLine: z.literal("close").optional(),
  outputs: z.array(z.string()),
  /** The bytes of the session that the rest was made of, by `profile record`. */
  session: z.array(z.strictObject({ sent: z.string(), got: z.string() })).optional(),
});

/** A description with the name of its file. */
export type DeviceDescription = z.infer<typeof schema> & { readonly name: string };

/** All descriptions, by name. */
export const DEVICE_DESCRIPTIONS: readonly DeviceDescription[] = readAll();

/** A description of that name; throws where it does not fit the form. */
export function parseDescription(json: unknown, name: string): DeviceDescription {
  return { ...schema.parse(json), name };
}

function readAll(): DeviceDescription[] {
  const directory = join(REPOSITORY, DIRECTORY);
  return [...Deno.readDirSync(directory)].map(({ name }) => name).toSorted().map((name) =>
    parseDescription(
      JSON.parse(Deno.readTextFileSync(join(directory, name))),
      name.replace(/\.json$/, ""),
    )
  );
}

/** The double that plays a description, with the pager of that number. */
export function describedFamily(description: DeviceDescription, pagerNumber = 0): DoubleFamily {
  const { prompts, header = "", pagers } = description;
  const fill = (text: string, { host, mode }: DoubleState): string =>
    text.replaceAll("{host}", host).replaceAll("{mode}", mode);
  return {
    id: description.profile,
    ident: description.ident,
    newline: description.newline ?? "\r\n",
    greeting: description.greeting ?? "",
    prompt: (state) => ({
      line: fill(prompts[state.level] ?? Object.values(prompts)[0]!, state),
      header: fill(header, state),
    }),
    firstLevel: description.level,
    pager: pagers[pagerNumber % pagers.length]!,
    pagingOff: new RegExp(description.pagingOff ?? "^(?!)"),
    answers: description.answers.map(answerOf),
    unknown: (line) => description.unknown.replaceAll("{line}", line),
    echo: description.echo ?? "plain",
    ...given("enterEcho", description.enterEcho),
    ...given("doorstep", description.doorstep),
    ...given("query", description.query && queryOf(description.query)),
    ...given("stopKeys", description.stopKeys),
    ...given("keys", description.keys),
    ...given("earlyPrompt", description.earlyPrompt),
    ...given("emptyLine", description.emptyLine),
    ...(description.help ? { help: "at-once" } : {}),
  };
}

function queryOf(
  { ask, answer }: { readonly ask: string; readonly answer: string },
): DoubleFamily["query"] {
  return { ask, answer: new RegExp(answer) };
}

function answerOf(answer: DeviceDescription["answers"][number]): DoubleAnswer {
  const { body, level, mode = "", ask } = answer;
  return {
    match: new RegExp(answer.match),
    ...(body === undefined ? {} : { body: () => body }),
    ...(level === undefined ? {} : { become: () => ({ level, mode }) }),
    ...(ask === undefined ? {} : { ask: { text: ask, then: () => "done" } }),
    ...given("end", answer.end),
  };
}

function given<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: T };
}
