import assert from "node:assert/strict";
import { REPOSITORY } from "../support/source_file.ts";

Deno.test("demo.svg shows the scenes that the demo plays today", async () => {
  const story = await Deno.readTextFile(`${REPOSITORY}tests/demo/story.ts`);
  const picture = await Deno.readTextFile(`${REPOSITORY}.github/demo.svg`);
  const scenes = [...story.matchAll(/actor\.title\("(.+)"\)/g)].map((match) => match[1]!);
  assert.ok(scenes.length >= 5);
  assert.deepEqual(scenes.filter((scene) => !picture.includes(scene)), [], "deno task demo:record");
});
