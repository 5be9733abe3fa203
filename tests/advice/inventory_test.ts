import assert from "node:assert/strict";
import { textsNaming } from "../support/advice_texts.ts";
import { InMemoryServer } from "../support/in_memory_server.ts";
import { COMMAND_STATES } from "./command_states.ts";
import { DURABLE_STATES } from "./durable_states.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { FILE_STATES } from "./file_states.ts";
import { HOST_STATES } from "./host_states.ts";
import { ODD_COMMAND_STATES } from "./more_command_states.ts";
import { PERSON_ADVICE } from "./person_advice.ts";

/** Texts that name a tool and are no advice: descriptions, settings, and a copy in a list. */
const NO_ADVICE =
  /^src\/(mcp\/(instructions|tools\/(copy_file|edit_file|execute_\w+|forward_port|list_\w+))\.ts|cli\/|config\/ssh_config\/)/;
const NO_ADVICE_TEXT = /^(copy_file …|edit_file takes|get_command_status was not)/;

Deno.test("every advice that names a tool is driven by a test, and every driven one exists", async () => {
  await using server = await InMemoryServer.start();
  const { tools } = await server.client.listTools();
  const names = [...tools.map(({ name }) => name), "forward_port"];
  const texts = textsNaming(names).filter(({ place, text }) =>
    !NO_ADVICE.test(place) && !NO_ADVICE_TEXT.test(text)
  );
  const states = [
    ...COMMAND_STATES,
    ...ODD_COMMAND_STATES,
    ...DURABLE_STATES,
    ...FILE_STATES,
    ...HOST_STATES,
  ];
  const driven = [
    ...states.flatMap(({ advises }) => advises),
    ...Object.values(PERSON_ADVICE).flat(),
    ...ELSEWHERE.map(([advice]) => advice),
  ];
  const found = new Map(driven.map((advice) => {
    const cut = advice.indexOf(": ");
    const [file, words] = [advice.slice(0, cut), advice.slice(cut + 2)];
    const inFile = texts.filter(({ place }) => place.startsWith(`src/${file}:`));
    const whole = inFile.filter(({ text }) => text === words);
    const of = whole.length > 0 ? whole : inFile.filter(({ text }) => text.includes(words));
    return [advice, of] as const;
  }));
  const covered = new Set([...found.values()].flat());
  assert.deepEqual({
    "driven advice that is not one text of the sources": [...found]
      .filter(([, of]) => new Set(of.map(({ text }) => text)).size !== 1),
    "advice that no test drives": texts.filter((text) => !covered.has(text)),
  }, {
    "driven advice that is not one text of the sources": [],
    "advice that no test drives": [],
  });
});

Deno.test("each test that is to drive an advice is there", async () => {
  for (const [advice, path] of ELSEWHERE) {
    if (path.startsWith("none: ")) continue;
    const file = new URL(`../${path}`, import.meta.url);
    assert.ok((await Deno.stat(file)).isFile, `${advice}: ${path}`);
  }
});
