import assert from "node:assert/strict";
import { textsNaming } from "../support/advice_texts.ts";
import { InMemoryServer } from "../support/in_memory_server.ts";
import { followedAdvice } from "./followed_advice.ts";
import { STATE_GROUPS } from "./groups.ts";

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
  const states = STATE_GROUPS.flatMap((group) => group.states);
  const driven = [...states.flatMap(({ advises }) => advises), ...followedAdvice()];
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

Deno.test("each state does what is advised there, by the advised calls or as a person would", () => {
  const idle = STATE_GROUPS.flatMap(({ states }) => states)
    .filter(({ does = [], follow }) => does.length === 0 && follow === undefined);
  assert.deepEqual(idle.map(({ title }) => title), []);
});
