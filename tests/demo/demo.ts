import { PRODUCTION_FLAGS } from "../support/program.ts";
import { startServer } from "../support/mcp_client.ts";
import { startDemoHost } from "./embedded_host.ts";
import { playStory, type Stage } from "./story.ts";

/** A person is asked before anything is removed. */
const RULES = { rules: [{ commands: ["rmdir *"], mode: "ask" }, { mode: "allow" }] };

/** Where the whole demo is shown: the story, and what is said around it. */
export interface DemoStage extends Stage {
  say(line: string): void;
}

/** Starts a host and the server, and plays the story on them. */
export async function playDemo(stage: DemoStage): Promise<void> {
  const started = performance.now();
  await using host = await startDemoHost();
  stage.say(`The host:   ${host.description}`);
  stage.say(`The server: deno run ${PRODUCTION_FLAGS.join(" ")} src/main.ts`);
  stage.say("The client: an MCP client over stdio, which shows what an agent would see");
  const policy = await Deno.makeTempFile({ prefix: "demo_rules_" });
  await Deno.writeTextFile(policy, JSON.stringify(RULES));
  await using server = await startServer({
    env: { ...host.environment(), MCP_SSH_POLICY: policy },
    host: host.alias,
    capabilities: { elicitation: { form: {} } },
  });
  await playStory({ server, fleet: host.fleet }, stage);
  await Deno.remove(policy);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  stage.say("");
  stage.say(`Done in ${seconds} s. Key, ssh_config and host were throwaway and are gone.`);
}
